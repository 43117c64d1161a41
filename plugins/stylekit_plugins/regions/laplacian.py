"""Blending by bands of frequency.

P. J. Burt, E. H. Adelson: "A Multiresolution Spline with Application to Image Mosaics" (ACM
Transactions on Graphics 2, 1983). Each band passes over a width of its own wavelength, so that
neither a seam nor a ghost is seen. The transition lies within the mask: outside of it nothing may
change, and a transition across the edge would be cut off there.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit.images.masks import distance

MOST_BANDS = 6

_BINOMIAL = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16


class Laplacian:
    """Blends bands."""

    def __init__(self, params: object) -> None:
        pass

    def blend(self, content: Tensor, result: Tensor, mask: Tensor) -> Tensor:
        """Return the blend; see `stylekit.protocols.Blend.blend`."""
        depth = distance(mask > 0)
        inside = depth[torch.isfinite(depth)]
        # The coarsest band reaches about twice its scale inwards and outwards.
        deepest = float(inside.max()) if inside.numel() and inside.max() > 0 else float("inf")
        bands, reach = 1, 2.0
        while bands < MOST_BANDS and 2 * reach <= deepest / 5 and 2 * reach < min(mask.shape) / 4:
            bands, reach = bands + 1, 2 * reach
        share = mask * (depth > reach).float() if deepest > 2 * reach else mask
        return _joined(content[None], result[None], share[None, None], bands)[0].clamp(0, 1)


def _joined(content: Tensor, result: Tensor, share: Tensor, bands: int) -> Tensor:
    """Return the blend of two pictures (1, 3, H, W), by `bands` bands and what is coarser."""
    if bands == 0:
        return torch.lerp(content, result, share)
    size = content.shape[-2:]
    coarse_content, coarse_result, coarse_share = map(_halved, (content, result, share))
    coarse = _joined(coarse_content, coarse_result, coarse_share, bands - 1)
    fine = torch.lerp(
        content - _enlarged(coarse_content, size), result - _enlarged(coarse_result, size), share
    )
    return fine + _enlarged(coarse, size)


def _halved(values: Tensor) -> Tensor:
    kernel = (_BINOMIAL[:, None] * _BINOMIAL).expand(values.shape[1], 1, 5, 5)
    padded = F.pad(values, (2, 2, 2, 2), mode="replicate")
    return F.conv2d(padded, kernel, stride=2, groups=values.shape[1])


def _enlarged(values: Tensor, size: tuple[int, ...] | torch.Size) -> Tensor:
    return F.interpolate(values, size=tuple(size), mode="bilinear", align_corners=False)
