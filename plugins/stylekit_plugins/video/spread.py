"""Spreading what belongs to frames over the frames around them, within a scene."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache

import torch
from torch import Tensor

from stylekit.method import Job
from stylekit_plugins.video.scenes import Scenes

_REACH = 3
"""Deviations after which nothing is spread any more."""


class Spread:
    """What spreads values over the frames of a clip.

    Args:
        scenes: of the clip; nothing is spread beyond them.
        deviation: of the Gaussian, in frames.
    """

    def __init__(self, scenes: Scenes, deviation: float) -> None:
        self._scenes, self._deviation = scenes, deviation
        self.around = cache(self._found)
        """Returns which frames have a part in one, and their parts; see `parts`."""

    def mix(self, job: Job) -> Callable[[int], Sequence[float]] | None:
        """Return the shares of the styles at each frame, spread; None: they do not change."""
        mix = job.mix
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
        first, last = self._scenes.around(index, math.ceil(_REACH * self._deviation))
        return parts(index, first, last, self._deviation)


def room(mix: Callable[[int], Sequence[float]] | None, count: int) -> float:
    """Return the most frames that a deviation may have, so that each style is still to be seen.

    A quarter of the shortest way between two styles, each at the middle of the frames where it is
    strongest: more would melt three styles of a short clip into one.

    Args:
        mix: the shares of the styles at a frame; None: they do not change.
        count: of the frames.
    """
    if mix is None:
        return math.inf
    shares = torch.tensor([list(mix(index)) for index in range(count)])
    strongest = shares >= shares.amax(dim=0) - 1e-6
    frames = torch.arange(count, dtype=torch.float32)
    middles = (strongest * frames[:, None]).sum(dim=0) / strongest.sum(dim=0)
    ways = middles.sort().values.diff()
    return float(ways.min()) / 4 if len(ways) else math.inf


def parts(index: int, first: int, last: int, deviation: float) -> tuple[range, Tensor]:
    """Return which frames have a part in one, and their parts.

    A Gaussian around the frame. Beyond the scene's ends its values go on as they came (each is
    reflected in the last one), so that a straight line stays one, up to the ends.

    Args:
        first, last: frames of the scene at most; the frame is one of them.
        deviation: of the Gaussian, in frames; 0: every frame has itself alone.

    Returns:
        Consecutive frames, and parts (N,) that add up to 1; some may be negative near an end.
    """
    if deviation <= 0:
        return range(index, index + 1), torch.ones(1)
    far = math.ceil(_REACH * deviation)
    frames = range(max(first, index - far), min(last, index + far) + 1)
    found = torch.zeros(len(frames))
    offsets = torch.arange(-far, far + 1)
    shares = torch.softmax(-0.5 * (offsets / deviation) ** 2, dim=0)
    for place, share in zip((offsets + index).tolist(), shares, strict=True):
        end = min(max(place, frames[0]), frames[-1])
        found[end - frames[0]] += share
        if end != place:
            # 2 c(end) - c(mirrored); where the scene is too short for that, it is c(end).
            mirrored = min(max(2 * end - place, frames[0]), frames[-1])
            found[end - frames[0]] += share
            found[mirrored - frames[0]] -= share
    return frames, found
