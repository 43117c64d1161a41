"""Warping error: how much a clip changes where nothing but motion should change it.

W.-S. Lai, J.-B. Huang, O. Wang, E. Shechtman, E. Yumer, M.-H. Yang: "Learning Blind Video Temporal
Consistency" (ECCV 2018), section 4.2:

    E(t, s) = sum_x m(x) mean_c (V_t(x) - (W V_s)(x))^2 / sum_x m(x)

with motion W and reliability m of the *content* clip. Short term: the mean over successive frames.
Long term: over each frame and the first one (C. Lei, Y. Xing, Q. Chen, NeurIPS 2020). The content
itself has an error, too, of its noise and of what the flow cannot tell: a result that is far below
it is blurred.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from stylekit.errors import InputError
from stylekit.evaluation.report import Report, Table
from stylekit.images.frames import Clip, Frame
from stylekit.methods.base import Style
from stylekit_plugins.video.chart import Chart, drawn
from stylekit_plugins.video.optical_flow import Motion, motion
from stylekit_plugins.video.params import TemporalParams


class Temporal:
    """Measures one clip; lower flickers less, but a blurred clip flickers least."""

    def __init__(self, params: TemporalParams) -> None:
        self._term = params.term

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the mean of `E`, squared differences of values in [0, 1].

        Raises:
            InputError: there are not two frames, or the clips have not as many.
        """
        errors = [error for error, _ in _errors(result, content, self._term == "long")]
        return _mean(errors)

    def report(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> Report:
        """Return the errors of result and content, short and long term, and of each frame.

        Raises:
            InputError: see `score_pair`.
        """
        both = {term: list(_errors(result, content, term == "long")) for term in ("short", "long")}
        lines = {
            f"{what}, {term}": [pair[place] for pair in pairs]
            for term, pairs in both.items()
            for place, what in enumerate(("result", "content"))
        }
        figures = {
            f"e_warp_{what}_{term}": _mean(lines[f"{what}, {term}"])
            for what in ("result", "content")
            for term in ("short", "long")
        }
        rows = [
            [what, *(figures[f"e_warp_{what}_{term}"] for term in ("short", "long"))]
            for what in ("result", "content")
        ]
        charts = [
            Chart(
                f"Warping error, {term} term",
                {what: lines[f"{what}, {term}"] for what in ("result", "content")},
            )
            for term in ("short", "long")
        ]
        return Report(
            scores=figures,
            values={"frames": lines, "times": list(content.times)},
            tables=[Table("Warping error", ("clip", "short term", "long term"), rows)],
            files={"temporal.png": drawn(charts, content.times[1:])},
        )


def _errors(result: Clip, content: Clip, long: bool) -> Iterator[tuple[float, float]]:
    """Yield `E` of result and content for each frame but the first; NaN: nothing is reliable."""
    count = len(result.frames)
    if count < 2 or len(content.frames) != count:
        raise InputError(
            f"{result.origin} has {count} frames and {content.origin} "
            f"{len(content.frames)}: a warping error needs two at least, and as many in both."
        )
    width, height = result.image.width, result.image.height
    # In order, and each frame once: clips are decoded as they are asked for.
    earlier: tuple[Frame, Frame] | None = None
    for made, original in zip(result, content, strict=True):
        here = original.resized(width, height)
        if earlier is not None:
            found = motion(here, earlier[1])
            yield warp_error(made, earlier[0], found), warp_error(here, earlier[1], found)
        if earlier is None or not long:
            earlier = made, here


def warp_error(later: Frame, earlier: Frame, found: Motion) -> float:
    """Return `E` of two frames, for the motion from the later one to the earlier."""
    squares = (later.pixels - found.moved(earlier.pixels)).square().mean(dim=0)
    weight = float(found.reliable.sum())
    return float((found.reliable * squares).sum()) / weight if weight else math.nan


def _mean(errors: list[float]) -> float:
    known = [error for error in errors if math.isfinite(error)]
    return sum(known) / len(known) if known else 0.0
