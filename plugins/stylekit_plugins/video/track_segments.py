"""Following things through clips in which hardly anything is to be seen all the time.

Where a camera turns away, or a clip has cuts, things are followed in stretches: halves, halves of
these, and so on, until enough is seen in all frames of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from stylekit.images.frames import Clip
from stylekit_plugins.video.tracking import LostError, followed

LEAST = 4
"""Frames of a stretch at least; fewer say next to nothing of how evenly they change."""


@dataclass(frozen=True)
class Stretch:
    """Frames that one after the other show the same things, T of them.

    Args:
        frames: their indices.
        made: values of the result at these things, (T, N) in [0, 1].
        original: those of the content.
    """

    frames: Sequence[int]
    made: Tensor
    original: Tensor


def stretches(result: Clip, content: Clip, chosen: Sequence[int]) -> list[Stretch]:
    """Return as few stretches as it takes; each begins with the last frame of the one before.

    Args:
        chosen: frames to look at, in order.

    Raises:
        LostError: hardly anything is seen in four frames one after the other.
    """
    try:
        return [Stretch(chosen, *followed(result, content, chosen))]
    except LostError:
        middle = len(chosen) // 2
        if middle + 1 < LEAST:
            raise
        before, after = chosen[: middle + 1], chosen[middle:]
        return stretches(result, content, before) + stretches(result, content, after)
