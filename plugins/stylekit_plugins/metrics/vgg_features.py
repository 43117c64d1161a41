"""Features of several layers of a VGG network, as they are before any scaling."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
from torch import Tensor, nn
from torchvision.models import vgg16, vgg19

from stylekit.errors import InputError, UsageError
from stylekit.images.frames import Frame, fit
from stylekit.machine.precision import as_float64
from stylekit.protocols import LoadedWeights
from stylekit.text import did_you_mean

BLOCKS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
"""Convolutions in each block (Simonyan and Zisserman, arXiv:1409.1556, table 1, D and E)."""


class Layers(nn.Module):
    """Features of chosen layers, (1, C, h, w) each.

    Args:
        layers: names such as `relu4_1`.

    Raises:
        UsageError: the network has no such layer.
    """

    def __init__(self, network: str, layers: Collection[str], parameters: LoadedWeights) -> None:
        super().__init__()
        places = positions(network)
        for layer in layers:
            if layer not in places:
                raise UsageError(f"{network} has no layer '{layer}'.", did_you_mean(layer, places))
        self._wanted = {places[layer]: layer for layer in layers}
        # On no device: random weights are neither drawn nor stored.
        with torch.device("meta"):
            made = (vgg16 if network == "vgg16" else vgg19)(weights=None)
        self.net = made.features[: max(self._wanted) + 1]
        for module in self.net:
            if isinstance(module, nn.ReLU):
                module.inplace = False
        state = {key.removeprefix("features."): value for key, value in parameters.state.items()}
        self.net.load_state_dict(state, strict=False, assign=True)
        self._preprocessing = parameters.preprocessing
        self.requires_grad_(False).eval()

    @torch.inference_mode()
    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Return the features of a picture (1, 3, H, W) in [0, 1], by layer."""
        values = self._preprocessing.apply(image)
        found = {}
        for index, module in enumerate(self.net):
            values = module(values)
            if index in self._wanted:
                found[self._wanted[index]] = values
        return found


def positions(network: str) -> dict[str, int]:
    """Return the index in torchvision's `features` of each layer, `conv1_1`, `relu1_1` and on."""
    found: dict[str, int] = {}
    index = 0
    for block, count in enumerate(BLOCKS[network], start=1):
        for number in range(1, count + 1):
            found[f"conv{block}_{number}"], found[f"relu{block}_{number}"] = index, index + 1
            index += 2
        index += 1  # the pooling
    return found


def alike(style: Frame, result: Frame, least: int) -> Tensor:
    """Return a style (1, 3, h, w) of its own shape, its long side that of a result.

    Strokes are compared at the size that they would have if the style filled the result.

    Raises:
        InputError: then a side has less than `least` pixels.
    """
    size = fit(style.width, style.height, max(result.width, result.height))
    resized = style.resized(*size)
    check_size([resized], least, "a style beside a result of this size")
    return resized.pixels[None]


def flat(features: Tensor) -> Tensor:
    """Return features (1, C, h, w) as (C, h * w), float64; see `as_float64` for where."""
    return as_float64(features[0].flatten(1))


def check_size(frames: Sequence[Frame], least: int, what: str) -> None:
    """Refuse pictures whose features would be nothing.

    Raises:
        InputError: a side is less than `least` pixels.
    """
    for frame in frames:
        if min(frame.width, frame.height) < least:
            raise InputError(
                f"{frame.origin or 'A picture'} has {frame.width}x{frame.height} px: {what} needs "
                f"{least} px at least."
            )
