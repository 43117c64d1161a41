"""A polygon."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from torch import Tensor

from stylekit.images.frames import Frame
from stylekit_plugins.regions.lengths import Notation, coordinates
from stylekit_plugins.regions.scanlines import Values, fill

NOTATION = Notation("polygon", "x1,y1,x2,y2,x3,y3,...", "polygon:50%,10%,90%,90%,10%,90%")


class Polygon:
    """The area inside the corners `x1,y1,x2,y2,...`, which are joined in turn and closed.

    Where the outline crosses itself the even-odd rule holds: the middle of a five-pointed star
    drawn in one stroke is outside.

    Args:
        params: none; here because every component is made with its parameters.
    """

    def __init__(self, params: object = None) -> None:
        del params

    def mask(self, source: str, image: Frame, read: Callable[[str], Frame]) -> Tensor:
        """Return for each pixel the part of its area that is inside, (H, W) in [0, 1].

        What lies beyond the picture is cut off.

        Raises:
            UsageError: it is not three points or more.
        """
        width, height = image.width, image.height
        numbers = coordinates(source, NOTATION, width, height, _count)
        x, y = np.array(numbers[0::2]), np.array(numbers[1::2])
        x_end, y_end = np.roll(x, -1), np.roll(y, -1)
        # No scan line crosses an edge that is parallel to it.
        slanted = y != y_end
        x, y, x_end, y_end = x[slanted], y[slanted], x_end[slanted], y_end[slanted]
        upper, lower = np.minimum(y, y_end), np.maximum(y, y_end)
        slope = (x_end - x) / (y_end - y)

        def crossings(lines: Values) -> Values:
            line = lines[:, None]
            # Half-open: a corner between two edges is met once, and so an outline an even number
            # of times.
            met = (upper <= line) & (line < lower)
            return np.sort(np.where(met, x + (line - y) * slope, np.inf), axis=1)

        return fill(width, height, (min(numbers[1::2]), max(numbers[1::2])), crossings, len(x))


def _count(count: int) -> str:
    if count % 2:
        return f"it has {count} numbers, and each point takes two"
    return "" if count >= 6 else f"it takes at least 3 points, and {count // 2} are given"
