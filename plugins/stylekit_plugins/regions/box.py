"""A rectangular region."""

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
        params: unused; every factory receives them.
    """

    def __init__(self, params: object = None) -> None:
        del params

    def mask(self, source: str, image: Frame, read: Callable[[str], Frame]) -> Tensor:
        """Return the covered fraction of each pixel, (H, W) in [0, 1].

        Exact: a box along pixel borders has a mask of 0 and 1. Parts beyond the image are cut off.

        Raises:
            UsageError: the source is not four numbers, or its width or height is negative.
        """
        left, top, right, bottom = rectangle(source, NOTATION, image.width, image.height)
        return torch.outer(
            _coverage(top, bottom, image.height), _coverage(left, right, image.width)
        )


def _coverage(start: float, end: float, count: int) -> Tensor:
    """Return the fraction of each of `count` unit intervals that lies between start and end."""
    steps = np.arange(count)
    overlap = np.minimum(end, steps + 1) - np.maximum(start, steps)
    return torch.from_numpy(overlap.clip(0, 1).astype(np.float32))
