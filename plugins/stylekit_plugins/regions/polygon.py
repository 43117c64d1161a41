"""A polygonal region."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from torch import Tensor

from stylekit.images.frames import Frame
from stylekit_plugins.regions.lengths import Notation, coordinates
from stylekit_plugins.regions.scanlines import Values, fill

NOTATION = Notation("polygon", "x1,y1,x2,y2,x3,y3,...", "polygon:50%,10%,90%,90%,10%,90%")


class Polygon:
    """The area inside the closed outline `x1,y1,x2,y2,...`.

    Where the outline crosses itself the even-odd rule applies: the middle of a five-pointed star
    drawn in one stroke is outside.

    Args:
        params: unused; every factory receives them.
    """

    def __init__(self, params: object = None) -> None:
        del params

    def mask(self, source: str, image: Frame, read: Callable[[str], Frame]) -> Tensor:
        """Return the covered fraction of each pixel, (H, W) in [0, 1].

        Parts beyond the image are cut off.

        Raises:
            UsageError: the source has fewer than three points.
        """
        width, height = image.width, image.height
        numbers = coordinates(source, NOTATION, width, height, _count_error)
        x, y = np.array(numbers[0::2]), np.array(numbers[1::2])
        x_end, y_end = np.roll(x, -1), np.roll(y, -1)
        # Scan lines cross no parallel edges.
        slanted = y != y_end
        x, y, x_end, y_end = x[slanted], y[slanted], x_end[slanted], y_end[slanted]
        upper, lower = np.minimum(y, y_end), np.maximum(y, y_end)
        slope = (x_end - x) / (y_end - y)

        def crossings(lines: Values) -> Values:
            line = lines[:, None]
            # Half-open: a corner between two edges counts once, so that crossings come in pairs.
            met = (upper <= line) & (line < lower)
            return np.sort(np.where(met, x + (line - y) * slope, np.inf), axis=1)

        return fill(width, height, (min(numbers[1::2]), max(numbers[1::2])), crossings, len(x))


def _count_error(count: int) -> str:
    if count % 2:
        return f"it has {count} numbers, but each point needs two"
    return "" if count >= 6 else f"it has {count // 2} points, but needs at least 3"
