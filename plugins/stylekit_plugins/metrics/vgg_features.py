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
from stylekit_plugins.networks.vgg import layer_indices


class Layers(nn.Module):
    """Features of chosen layers, (1, C, h, w) each.

    Args:
        layers: names such as `relu4_1`.

    Raises:
        UsageError: the network has no such layer.
    """

    def __init__(self, network: str, layers: Collection[str], parameters: LoadedWeights) -> None:
        super().__init__()
        indices = layer_indices(network)
        for layer in layers:
            if layer not in indices:
                raise UsageError(f"{network} has no layer '{layer}'.", did_you_mean(layer, indices))
        self._layers = {indices[layer]: layer for layer in layers}
        # On no device: random weights are neither drawn nor stored.
        with torch.device("meta"):
            model = (vgg16 if network == "vgg16" else vgg19)(weights=None)
        self.net = model.features[: max(self._layers) + 1]
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
        features = {}
        for index, module in enumerate(self.net):
            values = module(values)
            if index in self._layers:
                features[self._layers[index]] = values
        return features


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
