"""From the outline of a shape to a mask with soft edges.

Pillow and OpenCV draw a polygon's outline too, half a pixel beyond the area (a square of 10 pixels
becomes 11 wide), and scikit-image knows no soft edges. Pixels outside a region must stay what they
are, so areas are measured here.
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
"""Scan lines in a row of pixels."""

_STEPS = 256
"""Positions in a pixel's width."""

_BAND = 4_000_000
"""Numbers that are worked on at once, so that large pictures need little more than their mask."""


def fill(
    width: int,
    height: int,
    rows: tuple[float, float],
    crossings: Callable[[Values], Values],
    most: int,
) -> Tensor:
    """Return for each pixel the part of its area that a shape covers, (H, W) in [0, 1].

    Each row of pixels is cut by 16 scan lines; along a line the covered length is measured to
    1/256 pixel. Sums are of integers, so what is wholly inside is exactly 1.

    Args:
        rows: the highest and the lowest y of the shape.
        crossings: for the y of n scan lines, where the outline crosses them: (n, most), ascending
            along a line, an even number of them finite, then infinity. The shape lies between the
            first and the second, the third and the fourth, and so on.
        most: how many crossings a line has at most.
    """
    mask = torch.zeros(height, width)
    first, last = max(0, int(np.floor(rows[0]))), min(height, int(np.ceil(rows[1])))
    band = max(1, _BAND // (width + _LINES * most))
    for top in range(first, last, band):
        bottom = min(last, top + band)
        lines = (np.arange(top * _LINES, bottom * _LINES) + 0.5) / _LINES
        covered = _covered(crossings(lines), width)
        mask[top:bottom] = torch.from_numpy(covered.astype(np.float32))
    return mask


def _covered(crossings: Values, width: int) -> NDArray[Any]:
    """Return the mean coverage of each pixel over its scan lines, (n / 16, width)."""
    lines, most = crossings.shape
    count = lines // _LINES
    position = np.rint(np.clip(crossings, 0, width) * _STEPS).astype(np.int64)
    cell, part = np.divmod(position, _STEPS)
    # From a place where the shape begins (1) or ends (-1), every pixel to the right is covered by
    # one more or one less: differences from pixel to pixel, summed up at the end.
    sign = np.where(np.arange(most) % 2, -1, 1)
    stride = width + 2
    index = cell + (np.arange(lines) // _LINES * stride)[:, None]
    change = np.bincount(index.ravel(), (sign * (_STEPS - part)).ravel(), count * stride)
    change += np.bincount(index.ravel() + 1, (sign * part).ravel(), count * stride)
    total: NDArray[Any] = change.reshape(count, stride).cumsum(axis=1)[:, :width]
    return total / (_LINES * _STEPS)
