"""An elliptical region."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from stylekit.images.frames import Frame
from stylekit_plugins.regions.lengths import Notation, rectangle
from stylekit_plugins.regions.scanlines import Values, fill

NOTATION = Notation("ellipse", "x,y,w,h", "ellipse:25%,10%,50%,80%")


class Ellipse:
    """The largest ellipse in the box `x,y,w,h`.

    Args:
        params: unused; every factory receives them.
    """

    def __init__(self, params: object = None) -> None:
        del params

    def mask(self, source: str, image: Frame, read: Callable[[str], Frame]) -> Tensor:
        """Return the covered fraction of each pixel, (H, W) in [0, 1].

        Parts beyond the image are cut off.

        Raises:
            UsageError: the source is not four numbers, or its width or height is negative.
        """
        width, height = image.width, image.height
        left, top, right, bottom = rectangle(source, NOTATION, width, height)
        if left == right or top == bottom:
            return torch.zeros(height, width)
        x, y = (left + right) / 2, (top + bottom) / 2
        radius_x, radius_y = (right - left) / 2, (bottom - top) / 2

        def crossings(lines: Values) -> Values:
            reach = radius_x * np.sqrt(np.maximum(0, 1 - ((lines - y) / radius_y) ** 2))
            return np.stack((x - reach, x + reach), axis=1)

        return fill(width, height, (top, bottom), crossings, 2)
