"""Masks: at another size, and how far each pixel is from an edge."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


def resized(mask: Tensor, width: int, height: int) -> Tensor:
    """Return a mask (H, W) at another size; what is 0 or 1 all around stays so."""
    if mask.shape == (height, width):
        return mask
    both = torch.stack((mask, torch.ones_like(mask)))[None]
    scaled, of_ones = F.interpolate(both, size=(height, width), mode="bilinear", antialias=True)[0]
    # The weights that a mean is taken with add up to 1 only nearly.
    result: Tensor = scaled / of_ones
    return result.clamp(0, 1)


def distance(inside: Tensor) -> Tensor:
    """Return how far each pixel inside (H, W), bool, is from the nearest one outside, in pixels.

    It is 0 outside, and infinite if there is no outside.
    """
    from scipy.ndimage import distance_transform_edt

    values = inside.cpu().numpy()
    if values.all():
        return torch.full(values.shape, float("inf"), device=inside.device)
    return torch.from_numpy(distance_transform_edt(values).astype(np.float32)).to(inside.device)
