"""Spreading what belongs to frames over the frames around them, within a scene."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_REACH = 3
"""Deviations after which nothing is spread any more."""


def reach(deviation: float) -> int:
    """Return how many frames away a frame can have a part at most."""
    return math.ceil(_REACH * deviation)


def spread(index: int, first: int, last: int, deviation: float) -> tuple[range, Tensor]:
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
    far = reach(deviation)
    frames = range(max(first, index - far), min(last, index + far) + 1)
    parts = torch.zeros(len(frames))
    offsets = torch.arange(-far, far + 1)
    shares = torch.softmax(-0.5 * (offsets / deviation) ** 2, dim=0)
    for place, share in zip((offsets + index).tolist(), shares, strict=True):
        end = min(max(place, frames[0]), frames[-1])
        parts[end - frames[0]] += share
        if end != place:
            # 2 c(end) - c(mirrored); where the scene is too short for that, it is c(end).
            mirrored = min(max(2 * end - place, frames[0]), frames[-1])
            parts[end - frames[0]] += share
            parts[mirrored - frames[0]] -= share
    return frames, parts
