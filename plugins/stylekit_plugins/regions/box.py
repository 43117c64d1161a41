"""A rectangle."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from stylekit.images.frames import Frame
from stylekit_plugins.regions.lengths import Notation, rectangle

NOTATION = Notation("box", "x,y,w,h", "box:10%,20%,300,50%")


class Box:
    """The area of `x,y,w,h`.

    Args:
        params: none; here because every component is made with its parameters.
    """

    def __init__(self, params: object = None) -> None:
        del params

    def mask(self, source: str, image: Frame, read: Callable[[str], Frame]) -> Tensor:
        """Return for each pixel the part of its area that the box covers, (H, W) in [0, 1].

        Exact: a box along pixel borders has a mask of 0 and 1. What lies beyond the picture is
        cut off.

        Raises:
            UsageError: it is not four numbers, or has a negative width or height.
        """
        left, top, right, bottom = rectangle(source, NOTATION, image.width, image.height)
        return torch.outer(_covered(top, bottom, image.height), _covered(left, right, image.width))


def _covered(start: float, end: float, count: int) -> Tensor:
    """Return the part of each of `count` unit steps that lies between start and end."""
    steps = np.arange(count)
    covered = np.minimum(end, steps + 1) - np.maximum(start, steps)
    return torch.from_numpy(covered.clip(0, 1).astype(np.float32))
