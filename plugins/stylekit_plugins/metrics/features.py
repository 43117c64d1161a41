"""The features that sets are compared by: the last block of VGG-19, averaged over positions.

Distances on the usual Inception network need its weights, which few closed networks have. These are
on another network and another scale: compare them among themselves, not with published figures, and
name the network beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from stylekit.evaluation.evaluator import Sets
from stylekit.images.frames import Frame, resize
from stylekit_plugins.metrics.vgg_features import Layers

SIDE = 256
"""Long side in pixels at which pictures are looked at."""

LAYER = "relu5_4"

WIDTH = 512
"""Channels of that layer: numbers that a picture is known by."""


class Known(nn.Module):
    """Stands in for a network where features are known already: returns what it is given."""

    def __init__(self, num_features: int = WIDTH) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        """Return the features."""
        return features


def of_sets(sets: Sets) -> tuple[Tensor, Tensor]:
    """Return the features of the results (N, 512), and of the styles (M, 512)."""
    net = Layers("vgg19", [LAYER], sets.weights("vgg19")).to(sets.device)
    return _of(net, sets.results, sets.device), _of(net, sets.styles, sets.device)


@torch.inference_mode()
def _of(net: Layers, frames: Sequence[Frame], device: torch.device) -> Tensor:
    pooled = [net(image.to(device))[LAYER].mean((2, 3)).cpu() for image in _images(frames)]
    return torch.cat(pooled).clone()


def _images(frames: Sequence[Frame]) -> Iterator[Tensor]:
    """Yield each picture (1, 3, H, W), its long side `SIDE`."""
    for frame in frames:
        scale = SIDE / max(frame.width, frame.height)
        width, height = (max(32, round(side * scale)) for side in (frame.width, frame.height))
        pixels = frame.pixels[None]
        yield resize(pixels, width, height).clamp(0, 1)
