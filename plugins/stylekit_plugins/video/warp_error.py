"""Warping error: how much a clip changes where nothing but motion should change it.

W.-S. Lai, J.-B. Huang, O. Wang, E. Shechtman, E. Yumer, M.-H. Yang: "Learning Blind Video Temporal
Consistency" (ECCV 2018), section 4.2:

    E(t, s) = sum_x m(x) mean_c (V_t(x) - (W V_s)(x))^2 / sum_x m(x)

with motion W and reliability m of the *content* clip. Short term: the mean over successive frames.
Long term: over each frame and the first one (C. Lei, Y. Xing, Q. Chen, NeurIPS 2020).
"""

from __future__ import annotations

from stylekit.errors import InputError
from stylekit.frames import Clip, Frame
from stylekit.method import Style
from stylekit_plugins.video.motion import Motion, motion
from stylekit_plugins.video.params import WarpErrorParams


class WarpError:
    """Measures one clip; lower flickers less, but a blurred clip flickers least."""

    def __init__(self, params: WarpErrorParams) -> None:
        self._long = params.term == "long"

    def evaluate(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the mean of `E`, squared differences of values in [0, 1].

        Raises:
            InputError: there are not two frames, or the clips have not as many.
        """
        count = len(result.frames)
        if count < 2 or len(content.frames) != count:
            raise InputError(
                f"{result.origin} has {count} frames and {content.origin} "
                f"{len(content.frames)}: a warping error needs two at least, and as many in both."
            )
        width, height = result.picture.width, result.picture.height
        errors = []
        # In order, and each frame once: clips are decoded as they are asked for.
        earlier: tuple[Frame, Frame] | None = None
        for made, original in zip(result, content, strict=True):
            here = original.resized(width, height)
            if earlier is not None:
                found = motion(here, earlier[0])
                if found.reliable.any():
                    errors.append(warp_error(made, earlier[1], found))
            if earlier is None or not self._long:
                earlier = here, made
        return sum(errors) / len(errors) if errors else 0.0


def warp_error(later: Frame, earlier: Frame, found: Motion) -> float:
    """Return `E` of two frames, for the motion from the later one to the earlier."""
    squares = (later.pixels - found.moved(earlier.pixels)).square().mean(dim=0)
    return float((found.reliable * squares).sum() / found.reliable.sum())
