"""Masks: resizing, and the distance of each pixel from an edge."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def resized(mask: Tensor, width: int, height: int) -> Tensor:
    """Resize a mask (H, W); areas of 0 or 1 keep their exact values."""
    if mask.shape == (height, width):
        return mask
    both = torch.stack((mask, torch.ones_like(mask)))[None]
    scaled, of_ones = F.interpolate(both, size=(height, width), mode="bilinear", antialias=True)[0]
    # The weights of the interpolation add up to 1 only approximately.
    result: Tensor = scaled / of_ones
    return result.clamp(0, 1)


def distance(inside: Tensor) -> Tensor:
    """Return the distance of each pixel inside (H, W), bool, from the nearest one outside.

    The distance is in pixels, 0 outside, and infinite if there is no outside.
    """
    from scipy.ndimage import distance_transform_edt

    values = inside.cpu().numpy()
    if values.all():
        return torch.full(values.shape, float("inf"), device=inside.device)
    return torch.from_numpy(distance_transform_edt(values).astype(np.float32)).to(inside.device)
