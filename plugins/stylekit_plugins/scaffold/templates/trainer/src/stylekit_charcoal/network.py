"""The network: a matrix for colors, and a color that is added."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class CharcoalNetwork(nn.Module):
    """Changes the color of each pixel, and at first none."""

    def __init__(self) -> None:
        super().__init__()
        self.matrix = nn.Parameter(torch.eye(3))
        self.added = nn.Parameter(torch.zeros(3))

    def forward(self, images: Tensor) -> Tensor:
        """Return images (N, 3, H, W) in [0, 1] of images like them."""
        mixed = torch.einsum("oi,nihw->nohw", self.matrix, images)
        return (mixed + self.added[:, None, None]).clamp(0, 1)
