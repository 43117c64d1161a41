"""The palette: how the colors of single pixels are distributed.

Without this term networks end up paler than the painting, and leave plain areas plain: the
objective of layers of features hardly notices. The distance is sliced Wasserstein (Rabin et al.,
SSVM 2011; Bonneel et al., JMIV 2015): colors are projected on a few directions and sorted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit.images.frames import Frame, fit
from stylekit.methods.base import Style

POOL = 2
"""Side of the squares that are averaged first, so that no noise counts as a color."""

QUANTILES = 256

DIRECTIONS = (
    *((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    *((1, 1, 1), (1, -1, 0), (1, 0, -1), (0, 1, -1)),
    *((2, -1, -1), (-1, 2, -1), (-1, -1, 2)),
)
"""In RGB: channels, luminance, and chroma."""


@dataclass(frozen=True, eq=False)
class Palette:
    """Colors to come near.

    Attributes:
        quantiles: (directions, quantiles), rising.
    """

    quantiles: Tensor

    def distance(self, image: Tensor) -> Tensor:
        """Return the mean squared distance (W2, in values of [0, 1]) of an image (1, 3, H, W)."""
        return F.mse_loss(quantiles_of(image), self.quantiles)

    def mixed(self, other: Palette, share: float) -> Palette:
        """Return a palette between this one, at a share of 1, and another, at 0."""
        return Palette(share * self.quantiles + (1 - share) * other.quantiles)


def palette_of(styles: Sequence[Style], device: torch.device) -> Palette:
    """Return the weighted mean of the images' palettes (a barycenter along each direction)."""
    total = sum(style.weight for style in styles)
    parts = [
        style.weight / total * quantiles_of(_sized(style).pixels[None].to(device))
        for style in styles
    ]
    return Palette(torch.stack(parts).sum(dim=0))


def quantiles_of(image: Tensor) -> Tensor:
    """Return the quantiles (directions, quantiles) of the colors of an image (1, 3, H, W)."""
    directions = F.normalize(image.new_tensor(DIRECTIONS), dim=1)
    colors = F.avg_pool2d(image, POOL)[0].flatten(1)
    ordered = (directions @ colors).sort(dim=1).values
    return F.adaptive_avg_pool1d(ordered, QUANTILES)


def _sized(style: Style) -> Frame:
    """Return the image of a style at the size at which it is learned."""
    frame = style.frame
    own = max(frame.width, frame.height)
    side = own if style.size is None else min(style.size, own)
    return frame.resized(*fit(frame.width, frame.height, side))
