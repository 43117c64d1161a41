"""The features that sets are compared by: the last block of VGG-19, averaged over positions.

Distances on the usual Inception network need its weights, which few closed networks have. These are
on another network and another scale: compare them among themselves, not with published figures, and
name the network beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import vgg19

from stylekit.evaluation import Sets
from stylekit.frames import Frame
from stylekit.protocols import Parameters

SIDE = 256
"""Long side in pixels at which pictures are looked at."""

DEPTH = 36
"""Modules of torchvision's network up to relu5_4."""


class Features(nn.Module):
    """Pooled features (N, 512) of pictures (N, 3, H, W) in [0, 1]."""

    mean: Tensor
    std: Tensor
    num_features = 512

    def __init__(self, parameters: Parameters) -> None:
        super().__init__()
        # On no device: random weights are neither drawn nor stored.
        with torch.device("meta"):
            self.net = vgg19(weights=None).features[:DEPTH]
        state = {key.removeprefix("features."): value for key, value in parameters.state.items()}
        self.net.load_state_dict(state, strict=False, assign=True)
        how = parameters.preprocessing
        self._flip = how.channels == "BGR"
        self._scale = how.scale
        self.register_buffer("mean", torch.tensor(how.mean).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(how.std).view(1, 3, 1, 1))
        self.requires_grad_(False).eval()

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the features."""
        values = pictures.flip(1) if self._flip else pictures
        values = (values * self._scale - self.mean) / self.std
        features: Tensor = self.net(values).mean((2, 3))
        return features


class Known(nn.Module):
    """Stands in for a network where features are known already: returns what it is given."""

    def __init__(self, num_features: int = Features.num_features) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        """Return the features."""
        return features


def of_sets(sets: Sets) -> tuple[Tensor, Tensor]:
    """Return the features of the results (N, 512), and of the styles (M, 512)."""
    net = Features(sets.weights("vgg19")).to(sets.device)
    return _of(net, sets.results, sets.device), _of(net, sets.styles, sets.device)


@torch.inference_mode()
def _of(net: Features, frames: Sequence[Frame], device: torch.device) -> Tensor:
    return torch.cat([net(picture.to(device)).cpu() for picture in _pictures(frames)]).clone()


def _pictures(frames: Sequence[Frame]) -> Iterator[Tensor]:
    """Yield each picture (1, 3, H, W), its long side `SIDE`."""
    for frame in frames:
        scale = SIDE / max(frame.width, frame.height)
        width, height = (max(32, round(side * scale)) for side in (frame.width, frame.height))
        pixels = frame.pixels[None]
        yield F.interpolate(pixels, (height, width), mode="bicubic", antialias=True).clamp(0, 1)
