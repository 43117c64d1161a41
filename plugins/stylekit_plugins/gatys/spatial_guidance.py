"""Select the positions of a layer that belong to a region of the image.

L. A. Gatys, A. S. Ecker, M. Bethge, A. Hertzmann, E. Shechtman: "Controlling Perceptual Factors in
Neural Style Transfer" (CVPR 2017), section 4. Their guided Gram matrix multiplies features by a
guide of mean square 1; with a guide of zeros and ones that is the Gram matrix of the positions
where it is 1, so here the positions are selected, and any style loss can be guided. As in their
mode `inside`, positions whose receptive field leaves the region are excluded, as far as enough
remain.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

ENOUGH = 0.5
"""Fraction of a region's positions that must remain when those near its edge are excluded."""


def touching(mask: Tensor, stride: int) -> Tensor:
    """Return the positions (h, w), bool, whose cell has any part in the mask (H, W)."""
    pooled = F.adaptive_max_pool2d(_poolable(mask), _positions(mask, stride))[0, 0]
    return pooled.to(mask.device) > 0


def inside(mask: Tensor, depth: Tensor, stride: int, reach: int) -> Tensor:
    """Return the positions (h, w), bool, that see a mask (H, W) and, if possible, nothing else.

    Args:
        depth: distance of each pixel (H, W) from the nearest one outside the mask.
        stride: side of a position's cell in pixels.
        reach: how far beyond its cell a position can see, in pixels.
    """
    mostly = F.avg_pool2d(mask[None, None], stride)[0, 0] > 0.5
    if not mostly.any():
        # A sliver, perhaps in the remainder at the edge: take the position that covers most of it.
        covered = F.adaptive_avg_pool2d(_poolable(mask), _positions(mask, stride))[0, 0]
        return (covered == covered.max()).to(mask.device)
    depth = F.avg_pool2d(depth[None, None], stride)[0, 0]
    margin = float(reach)
    while margin >= 1:
        inner = mostly & (depth > margin)
        if inner.sum() >= ENOUGH * mostly.sum():
            return inner
        margin /= 2
    return mostly


def select(features: Tensor, positions: Tensor | None) -> Tensor:
    """Return the features (1, C, h, w) of some positions (h, w), as (1, C, 1, n); None: of all."""
    return features if positions is None else features[..., positions].unsqueeze(-2)


def _poolable(mask: Tensor) -> Tensor:
    """Return a mask as (1, 1, H, W), on the CPU unless the device pools cells of unlike sizes.

    MPS does so wrongly, or not at all, where sizes do not divide (pytorch/pytorch#190064).
    """
    return (mask.cpu() if mask.device.type == "mps" else mask)[None, None]


def _positions(mask: Tensor, stride: int) -> tuple[int, int]:
    return mask.shape[-2] // stride, mask.shape[-1] // stride
