"""Edges at three scales: derivatives of the colors, upwards and downwards.

A network without training. To use weights, name their `network` in the spec: `parameters` then has
them (`stylekit.protocols.LoadedWeights`).
"""

from __future__ import annotations

from collections.abc import Collection

import torch
from torch import Tensor, nn
from torch.nn import functional as F

GAIN = 12.0
"""Brings the mean activation over photographs to about 1, as stylekit wants it."""

CHANNELS = 12
"""Three colors, two directions, two signs."""


class CharcoalBackbone(nn.Module):
    """Edges; layer `edgesN` is computed on the image reduced by 2^(N-1)."""

    kernel: Tensor

    def __init__(self, params: object, parameters: None) -> None:
        super().__init__()
        across = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
        # A buffer, so that it moves to another device with the module.
        self.register_buffer("kernel", torch.stack((across, across.T))[:, None].repeat(3, 1, 1, 1))

    def features(self, image: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Return (1, 12, h, w) for each layer, for an image (1, 3, H, W) in [0, 1]."""
        return {layer: self._edges(image, self.stride(layer)) for layer in layers}

    def stride(self, layer: str) -> int:
        """Return the pixels of the image that one position of a layer stands for."""
        return 1 << (int(layer.removeprefix("edges")) - 1)

    def reach(self, layers: Collection[str]) -> int:
        """Return how far a feature sees beyond its cell: the kernel's one cell."""
        return max(self.stride(layer) for layer in layers)

    def bytes_per_pixel(self, layers: Collection[str]) -> float:
        """Return the bytes of features and gradients for each pixel: float32, three times."""
        return sum(3 * 4.0 * CHANNELS / self.stride(layer) ** 2 for layer in layers)

    def _edges(self, image: Tensor, stride: int) -> Tensor:
        smaller = F.avg_pool2d(image, stride) if stride > 1 else image
        padded = F.pad(smaller, (1, 1, 1, 1), mode="replicate")
        slopes = F.conv2d(padded, self.kernel, groups=3)
        # Both signs apart, as after a ReLU.
        return GAIN * torch.cat((slopes.relu(), (-slopes).relu()), dim=1)
