"""Refinement of a small binary mask to a soft edge in the full image."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Values = NDArray[np.float32]

_RADIUS = 4
"""Radius, in small pixels, of the windows in which the mask is linear in the color."""

_EPSILON = 1e-4
"""Regularization: variance of colors in [0, 1] below which a window counts as flat."""

_CONTRAST = 1.6
"""Contrast that removes the haze of the filter around the edge."""

_BAND = 2_000_000
"""Pixels of the full image that are processed at once."""


def refine_edge(object_mask: NDArray[np.bool_], small: Tensor, pixels: Tensor) -> Tensor:
    """Return a mask for the full image whose edge follows the edges of the image.

    Fast guided filter with a color guide (He, Sun and Tang 2013; He and Sun 2015): around each
    small pixel the mask is fitted as a linear function of the color, and the upsampled functions
    are applied to the full image. Away from the edge the mask is exactly 0 or 1.

    Args:
        object_mask: the binary mask, (h, w).
        small: the image at that size, (3, h, w) in [0, 1].
        pixels: the full image, (3, H, W) in [0, 1].

    Returns:
        (H, W) in [0, 1].
    """
    height, width = pixels.shape[1:]
    linear = _linear(object_mask.astype(np.float32), small.permute(1, 2, 0).contiguous().numpy())
    mask = torch.empty(height, width)
    rows = max(1, _BAND // width)
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        slope, offset = np.split(_upsample_rows(linear, top, bottom, height, width), [3], axis=2)
        color = pixels[:, top:bottom].permute(1, 2, 0).numpy()
        value = (slope * color).sum(axis=2) + offset[..., 0]
        mask[top:bottom] = torch.from_numpy(((value - 0.5) * _CONTRAST + 0.5).clip(0, 1))
    return mask


def _linear(object_mask: Values, guide: Values) -> Values:
    """Return three slopes and an offset for each pixel, (h, w, 4)."""
    mean_guide, mean_mask = _mean(guide), _mean(object_mask)
    covariance = _mean(guide * object_mask[..., None]) - mean_guide * mean_mask[..., None]
    products = guide[..., :, None] * guide[..., None, :]
    flat = _mean(products.reshape(*guide.shape[:2], 9)).reshape(products.shape)
    variance = flat - mean_guide[..., :, None] * mean_guide[..., None, :]
    # In double precision: variances of flat windows suffer from cancellation.
    system = variance.astype(np.float64) + _EPSILON * np.eye(3)
    slope = np.linalg.solve(system, covariance[..., None].astype(np.float64))[..., 0]
    offset = mean_mask - (slope * mean_guide).sum(axis=2)
    return _mean(np.dstack((slope, offset)).astype(np.float32))


def _mean(values: Values) -> Values:
    size = (2 * _RADIUS + 1, 2 * _RADIUS + 1)
    return _float32(cv2.boxFilter(values, -1, size, borderType=cv2.BORDER_REFLECT))


def _upsample_rows(values: Values, top: int, bottom: int, height: int, width: int) -> Values:
    """Return rows top to bottom of values (h, w, 4), upsampled bilinearly to (height, width)."""
    position = (np.arange(top, bottom) + 0.5) * values.shape[0] / height - 0.5
    position = position.clip(0, values.shape[0] - 1)
    upper = np.floor(position).astype(int)
    lower = np.minimum(upper + 1, values.shape[0] - 1)
    fraction = (position - upper).astype(np.float32)[:, None, None]
    rows = values[upper] * (1 - fraction) + values[lower] * fraction
    return _float32(cv2.resize(rows, (width, bottom - top), interpolation=cv2.INTER_LINEAR))


def _float32(values: Any) -> Values:
    return np.asarray(values, np.float32)
