"""Features of several layers of a VGG network, without any scaling."""

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


class VGGFeatures(nn.Module):
    """Computes the features of some layers, (1, C, h, w) each.

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
        # On the meta device, random weights are neither drawn nor stored.
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
        """Return the features of an image (1, 3, H, W) in [0, 1], by layer."""
        values = self._preprocessing.apply(image)
        features = {}
        for index, module in enumerate(self.net):
            values = module(values)
            if index in self._layers:
                features[self._layers[index]] = values
        return features


def resize_style(style: Frame, result: Frame, min_side: int) -> Tensor:
    """Resize a style to the long side of a result, (1, 3, h, w), at its own aspect ratio.

    Strokes are compared at the size that they would have if the style filled the result.

    Raises:
        InputError: a side is then shorter than `min_side` pixels.
    """
    size = fit(style.width, style.height, max(result.width, result.height))
    resized = style.resized(*size)
    check_size([resized], min_side, "a style beside a result of this size")
    return resized.pixels[None]


def flatten_positions(features: Tensor) -> Tensor:
    """Return features (1, C, h, w) as (C, h * w), float64; `as_float64` chooses the device."""
    return as_float64(features[0].flatten(1))


def check_size(images: Sequence[Frame], min_side: int, what: str) -> None:
    """Refuse images that are too small for the layers of a network.

    Raises:
        InputError: a side is shorter than `min_side` pixels.
    """
    for image in images:
        if min(image.width, image.height) < min_side:
            raise InputError(
                f"{image.origin or 'An image'} has {image.width}x{image.height} px: {what} needs "
                f"at least {min_side} px."
            )
