"""Spreading what belongs to frames over the frames around them, within a scene."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor

from stylekit.methods.base import Job
from stylekit_plugins.video.scenes import Scenes

_SUDDEN = 1.25
"""Part of the way between two styles that a sudden change is drawn out over."""

ALONE = 1.4
"""How much longer it may take if it is the only one: no style is to be reached between two then.

Where the second half of a clip has another style, nearly all of its frames are on the way then, and
none changes much more than most do.
"""

_GRADUAL = 0.5
"""Part of the way for a gradual change, which needs it only at its corners."""


Mix = Callable[[int], Sequence[float]] | None


class Spread:
    """What spreads values over the frames of a clip.

    Args:
        scenes: of the clip; nothing is spread beyond them.
        length: of the window that is averaged over, in frames.
    """

    def __init__(self, scenes: Scenes, length: float) -> None:
        self._scenes, self._length = scenes, length
        self.around = cache(self._found)
        """Returns which frames have a part in one, and their parts; see `parts`."""

    def mix(self, job: Job) -> Mix:
        """Return the shares of the styles at each frame, spread; None: they do not change."""
        mix = job.style_weights_at
        if mix is None:
            return None

        @cache
        def spread(index: int) -> tuple[float, ...]:
            frames, shares = self.around(index)
            mixed = shares @ torch.tensor([list(mix(each)) for each in frames])
            # What goes on beyond the ends of a scene may leave [0, 1].
            mixed = mixed.clamp(min=0)
            return tuple((mixed / mixed.sum()).tolist())

        return spread

    def _found(self, index: int) -> tuple[range, Tensor]:
        first, last = self._scenes.around(index, _reach(self._length))
        return parts(index, first, last, self._length)


def room(mix: Mix, count: int, alone: float = 1.0) -> float:
    """Return the most frames that may be averaged over, so that each style is still to be seen.

    The shortest way between two styles (each at the middle of the frames where it is strongest)
    bounds it. A sudden change takes more than all of that way, a gradual one half of it.

    Args:
        mix: the shares of the styles at a frame; None: they do not change.
        count: of the frames.
        alone: how much longer a sudden change takes that is the only one.
    """
    if mix is None:
        return math.inf
    shares = torch.tensor([list(mix(index)) for index in range(count)])
    strongest = shares >= shares.amax(dim=0) - 1e-6
    frames = torch.arange(count, dtype=torch.float32)
    middles = (strongest * frames[:, None]).sum(dim=0) / strongest.sum(dim=0)
    ways = middles.sort().values.diff()
    if not len(ways):
        return math.inf
    way = float(ways.min())
    quickest = 1 / max(float(shares.diff(dim=0).abs().max()), 1e-6)
    sudden = _SUDDEN * (alone if len(ways) == 1 else 1)
    return max(sudden * (way + 1 - quickest), _GRADUAL * way)


def pace(mix: Mix, index: int) -> float:
    """Return the part of the styles that changes from the frame before to this one, in [0, 1].

    Args:
        mix: the shares of the styles at a frame; None: they do not change.
    """
    if mix is None:
        return 0.0
    pairs = zip(mix(index - 1), mix(index), strict=True)
    return sum(abs(after - before) for before, after in pairs) / 2


def parts(index: int, first: int, last: int, length: float) -> tuple[range, Tensor]:
    """Return which frames have a part in one, and their parts.

    A window around the frame, so that a jump becomes a straight line. Beyond the scene's ends its
    values go on as they came (each is reflected in the last one), so that a straight line stays
    one, up to the ends.

    Args:
        first, last: frames of the scene at most; the frame is one of them.
        length: of the window, in frames; up to 1: every frame has itself alone.

    Returns:
        Consecutive frames, and parts (N,) that add up to 1; some may be negative near an end.
    """
    far = _reach(length)
    if not far:
        return range(index, index + 1), torch.ones(1)
    frames = range(max(first, index - far), min(last, index + far) + 1)
    found = torch.zeros(len(frames))
    offsets = torch.arange(-far, far + 1)
    # The outermost frames are within the window only in part.
    shares = (length / 2 + 0.5 - offsets.abs()).clamp(max=1) / length
    for place, share in zip((offsets + index).tolist(), shares, strict=True):
        end = min(max(place, frames[0]), frames[-1])
        found[end - frames[0]] += share
        if end != place:
            # 2 c(end) - c(mirrored); where the scene is too short for that, it is c(end).
            mirrored = min(max(2 * end - place, frames[0]), frames[-1])
            found[end - frames[0]] += share
            found[mirrored - frames[0]] -= share
    return frames, found


def _reach(length: float) -> int:
    """Return how many frames before and after one have a part in it."""
    return max(math.ceil(length / 2 - 0.5), 0)
