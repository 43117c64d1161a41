"""State dicts of the VGG networks in torchvision's layout, and the input that each expects."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from stylekit.errors import DamagedWeightsError
from stylekit.protocols import Preprocessing
from stylekit.weights.tensor_files import as_float32
from stylekit_plugins.networks.vgg import CHANNELS, convolutions

CAFFE_BGR = Preprocessing("BGR", 255.0, (103.939, 116.779, 123.68), (1.0, 1.0, 1.0))
"""The original training: BGR, 0-255, minus the mean of ImageNet."""

IMAGENET_RGB = Preprocessing("RGB", 1.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""torchvision's own training: RGB in [0, 1] with ImageNet's mean and deviation."""

CAFFE_AS_UNIT_RGB = Preprocessing("RGB", 1.0, (0.48235, 0.45882, 0.40784), (1 / 255,) * 3)
"""The original training as torchvision's IMAGENET1K_FEATURES restates it, RGB in [0, 1]."""


def check_state(state: Mapping[str, Tensor], network: str, origin: str) -> dict[str, Tensor]:
    """Return the convolutions' tensors as float32, with torchvision's keys.

    Raises:
        DamagedWeightsError: one is missing, has another shape, or holds values that are not finite.
    """
    checked: dict[str, Tensor] = {}
    channels_in = 3
    for block, number, index in convolutions(network):
        channels = CHANNELS[block - 1]
        shapes = {"weight": (channels, channels_in, 3, 3), "bias": (channels,)}
        for kind, shape in shapes.items():
            key = f"features.{index}.{kind}"
            tensor = state.get(key)
            if not isinstance(tensor, Tensor):
                raise DamagedWeightsError(
                    f"{origin} is no {network}: it has no '{key}' (conv{block}_{number}).",
                    "It must be a state dict with torchvision's keys.",
                )
            if tuple(tensor.shape) != shape:
                raise DamagedWeightsError(
                    f"{origin} is no {network}: '{key}' has shape {tuple(tensor.shape)}, "
                    f"expected {shape}."
                )
            checked[key] = as_float32(tensor, key, origin).float().contiguous()
        channels_in = channels
    return checked
