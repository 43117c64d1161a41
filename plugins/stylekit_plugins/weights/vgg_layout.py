"""torchvision's layout of the VGG networks, and what each source's numbers were trained on."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from stylekit.errors import DamagedWeightsError
from stylekit.protocols import Preprocessing
from stylekit.weights.tensor_files import as_float32

BLOCKS: Mapping[str, tuple[int, ...]] = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
"""Convolutions in each block (Simonyan and Zisserman, arXiv:1409.1556, table 1, D and E)."""

WIDTHS = (64, 128, 256, 512, 512)
"""Channels of each block."""

CAFFE_BGR = Preprocessing("BGR", 255.0, (103.939, 116.779, 123.68), (1.0, 1.0, 1.0))
"""The original training: BGR, 0-255, minus the mean of ImageNet."""

IMAGENET_RGB = Preprocessing("RGB", 1.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
"""torchvision's own training."""

CAFFE_AS_UNIT_RGB = Preprocessing("RGB", 1.0, (0.48235, 0.45882, 0.40784), (1 / 255,) * 3)
"""The original training as torchvision's IMAGENET1K_FEATURES restates it, RGB in [0, 1]."""


def convolutions(network: str) -> list[tuple[int, int, int]]:
    """Return (block, number in it, index in torchvision's `features`) of each convolution."""
    found, index = [], 0
    for block, count in enumerate(BLOCKS[network], start=1):
        for number in range(1, count + 1):
            found.append((block, number, index))
            index += 2  # the convolution and its ReLU
        index += 1  # the pooling
    return found


def check_state(state: Mapping[str, Tensor], network: str, origin: str) -> dict[str, Tensor]:
    """Return the convolutions' tensors as float32, with torchvision's keys.

    Raises:
        DamagedWeightsError: one is missing, has another shape, or holds values that are not finite.
    """
    checked: dict[str, Tensor] = {}
    width_in = 3
    for block, number, index in convolutions(network):
        width = WIDTHS[block - 1]
        shapes = {"weight": (width, width_in, 3, 3), "bias": (width,)}
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
        width_in = width
    return checked
