"""Multi-band blending.

P. J. Burt, E. H. Adelson: "A Multiresolution Spline with Application to Image Mosaics" (ACM
Transactions on Graphics 2, 1983). Each band blends over a width of its wavelength, which avoids
both seams and ghosts. The transition lies within the mask, because nothing may change outside.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit.images.masks import distance

MAX_BANDS = 6

_BINOMIAL = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16


class Laplacian:
    """Blends frequency bands inside the mask."""

    def __init__(self, params: object) -> None:
        pass

    def blend(self, content: Tensor, result: Tensor, mask: Tensor) -> Tensor:
        """Return the blend; see `stylekit.protocols.Blend.blend`."""
        depth = distance(mask > 0)
        inside = depth[torch.isfinite(depth)]
        # The coarsest band reaches about twice its scale inward and outward.
        deepest = float(inside.max()) if inside.numel() and inside.max() > 0 else float("inf")
        bands, reach = 1, 2.0
        while bands < MAX_BANDS and 2 * reach <= deepest / 5 and 2 * reach < min(mask.shape) / 4:
            bands, reach = bands + 1, 2 * reach
        weight = mask * (depth > reach).float() if deepest > 2 * reach else mask
        return _blend_bands(content[None], result[None], weight[None, None], bands)[0].clamp(0, 1)


def _blend_bands(content: Tensor, result: Tensor, weight: Tensor, bands: int) -> Tensor:
    """Blend two images (1, 3, H, W) in `bands` bands and the remaining low frequencies."""
    if bands == 0:
        return torch.lerp(content, result, weight)
    size = content.shape[-2:]
    coarse_content, coarse_result, coarse_weight = map(_downsample, (content, result, weight))
    coarse = _blend_bands(coarse_content, coarse_result, coarse_weight, bands - 1)
    fine = torch.lerp(
        content - _upsample(coarse_content, size), result - _upsample(coarse_result, size), weight
    )
    return fine + _upsample(coarse, size)


def _downsample(values: Tensor) -> Tensor:
    kernel = (_BINOMIAL[:, None] * _BINOMIAL).expand(values.shape[1], 1, 5, 5)
    padded = F.pad(values, (2, 2, 2, 2), mode="replicate")
    return F.conv2d(padded, kernel, stride=2, groups=values.shape[1])


def _upsample(values: Tensor, size: tuple[int, ...] | torch.Size) -> Tensor:
    return F.interpolate(values, size=tuple(size), mode="bilinear", align_corners=False)
