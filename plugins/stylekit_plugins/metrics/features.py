"""The features that sets are compared by: the last block of VGG-19, averaged over positions.

Distances on the usual Inception network need its weights, which few closed networks have. These are
on another network and another scale: compare them among themselves, not with published values, and
name the network beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from stylekit.images.frames import Frame, resize
from stylekit.protocols import LoadedWeights
from stylekit_plugins.metrics.vgg_features import VGGFeatures

LONG_SIDE = 256
"""Long side in pixels of the images that the network sees."""

LAYER = "relu5_4"

CHANNELS = 512
"""Channels of that layer: the features of an image."""


class PrecomputedFeatures(nn.Module):
    """Stands in for a metric's network where features are computed already: the identity."""

    def __init__(self, num_features: int = CHANNELS) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        """Return the features."""
        return features


class ImageFeatures:
    """Computes one vector of features for each image.

    Args:
        weights: loads the trained weights of a network by its name.
    """

    def __init__(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        self._device = device
        self._net = VGGFeatures("vgg19", [LAYER], weights("vgg19")).to(device)

    @torch.inference_mode()
    def __call__(self, images: Sequence[Frame]) -> Tensor:
        """Return the features (N, 512) of N images, on the CPU."""
        pooled = [
            self._net(image.to(self._device))[LAYER].mean((2, 3)).cpu()
            for image in _resized(images)
        ]
        return torch.cat(pooled).clone()


def _resized(images: Sequence[Frame]) -> Iterator[Tensor]:
    """Yield each image (1, 3, H, W), its long side `LONG_SIDE`."""
    for image in images:
        scale = LONG_SIDE / max(image.width, image.height)
        width, height = (max(32, round(side * scale)) for side in (image.width, image.height))
        pixels = image.pixels[None]
        yield resize(pixels, width, height).clamp(0, 1)
