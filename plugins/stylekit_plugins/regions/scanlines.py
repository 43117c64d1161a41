"""Rasterization of the outline of a shape to an antialiased mask.

Pillow and OpenCV also draw the outline, half a pixel beyond the area (a square of 10 pixels becomes
11 wide), and scikit-image has no antialiasing. Pixels outside a region must not change, so coverage
is computed here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Values = NDArray[np.float64]

_LINES = 16
"""Scan lines per row of pixels."""

_STEPS = 256
"""Horizontal subdivisions of a pixel."""

_BAND = 4_000_000
"""Values that are processed at once, so that large images need little more than their mask."""


def fill(
    width: int,
    height: int,
    rows: tuple[float, float],
    crossings: Callable[[Values], Values],
    max_crossings: int,
) -> Tensor:
    """Return the covered fraction of each pixel, (H, W) in [0, 1].

    Each row of pixels has 16 scan lines; along a line the covered length is rounded to 1/256 pixel.
    Sums are of integers, so pixels inside are exactly 1.

    Args:
        rows: the smallest and the largest y of the shape.
        crossings: returns the x where the outline crosses n scan lines of given y, (n,
            max_crossings): ascending along a line, an even number of finite ones, then infinity.
            The shape lies between the first and the second, the third and the fourth, and so on.
        max_crossings: of a line.
    """
    mask = torch.zeros(height, width)
    first, last = max(0, int(np.floor(rows[0]))), min(height, int(np.ceil(rows[1])))
    band = max(1, _BAND // (width + _LINES * max_crossings))
    for top in range(first, last, band):
        bottom = min(last, top + band)
        lines = (np.arange(top * _LINES, bottom * _LINES) + 0.5) / _LINES
        covered = _coverage(crossings(lines), width)
        mask[top:bottom] = torch.from_numpy(covered.astype(np.float32))
    return mask


def _coverage(crossings: Values, width: int) -> NDArray[Any]:
    """Return the mean coverage of each pixel over its scan lines, (n / 16, width)."""
    lines, max_crossings = crossings.shape
    count = lines // _LINES
    position = np.rint(np.clip(crossings, 0, width) * _STEPS).astype(np.int64)
    cell, part = np.divmod(position, _STEPS)
    # Where the shape starts (1) or ends (-1), the coverage of all pixels to the right changes by
    # one: store differences, then sum them up.
    sign = np.where(np.arange(max_crossings) % 2, -1, 1)
    stride = width + 2
    index = cell + (np.arange(lines) // _LINES * stride)[:, None]
    change = np.bincount(index.ravel(), (sign * (_STEPS - part)).ravel(), count * stride)
    change += np.bincount(index.ravel() + 1, (sign * part).ravel(), count * stride)
    total: NDArray[Any] = change.reshape(count, stride).cumsum(axis=1)[:, :width]
    return total / (_LINES * _STEPS)
