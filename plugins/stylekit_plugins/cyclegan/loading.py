"""Build a generator from a state dict; files of other settings are converted to one form.

- Gray images (`--input_nc 1`, `--output_nc 1`): the first convolution reads the luminance of red,
  green and blue, and the last one writes its output to all three, which is the same network.
- Batch normalization (`--norm batch`) takes the statistics of the image, as in training with one
  image a batch and in the authors' `test.py`; so it is instance normalization with a scale and a
  shift, after convolutions whose bias is 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from stylekit.errors import DamagedWeightsError
from stylekit.text import and_more
from stylekit_plugins.cyclegan.architecture import architecture_of
from stylekit_plugins.cyclegan.generator import Generator
from stylekit_plugins.cyclegan.resampling import is_published

LUMINANCE = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in a gray image (ITU-R BT.601), as in Pillow."""

_LAYER = re.compile(r"model\.(\d+)\.")

_MAX_LISTED = 3
"""Most tensor names in an error."""


def build_generator(state: Mapping[str, Tensor]) -> Generator:
    """Build the generator of a state dict, for images of three channels.

    Raises:
        DamagedWeightsError: the architecture is not supported; the message says what differs.
    """
    try:
        colored = _with_color(state)
        # Without memory: the sizes in the file are not verified yet.
        with torch.device("meta"):
            generator = Generator(architecture_of(colored))
    except ValueError as error:
        raise _unsupported(str(error)) from None
    expected = generator.state_dict()
    complete = _with_zero_biases(colored, expected)
    missing = sorted(set(expected) - set(complete))
    if missing:
        raise _unsupported(f"it has no {_listed(missing)}")
    if unexpected := sorted(set(complete) - set(expected)):
        raise _unsupported(f"it has unexpected tensors {_listed(unexpected)}")
    for name, tensor in expected.items():
        if complete[name].shape != tensor.shape:
            raise _unsupported(
                f"'{name}' has the shape {tuple(complete[name].shape)} instead of "
                f"{tuple(tensor.shape)}"
            )
        if name.endswith(".filt") and not is_published(complete[name]):
            raise _unsupported(f"'{name}' is not the filter of CUT")
    generator.load_state_dict(complete, assign=True)
    return generator


def _with_color(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Extend a network for gray images to color images of equal channels."""
    colored = dict(state)
    first = state.get("model.1.weight")
    if first is not None and first.ndim == 4 and first.shape[1] == 1:
        colored["model.1.weight"] = first * first.new_tensor(LUMINANCE).view(1, 3, 1, 1)
    last = _last_layer(state)
    for name in (f"{last}.weight", f"{last}.bias"):
        tensor = state.get(name)
        if tensor is not None and tensor.ndim and len(tensor) == 1:
            colored[name] = torch.cat([tensor] * 3)
    return colored


def _last_layer(state: Mapping[str, Tensor]) -> str:
    numbers = [int(match[1]) for key in state if (match := _LAYER.match(key))]
    return f"model.{max(numbers, default=0)}"


def _with_zero_biases(
    state: Mapping[str, Tensor], expected: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Add zero biases to the convolutions before batch normalization, which have none."""
    if "model.1.bias" in state:
        return dict(state)
    if "model.2.weight" not in state:
        raise _unsupported("it was trained without normalization (--norm none)")
    absent = [name for name in expected if name.endswith(".bias") and name not in state]
    convolutions = [n for n in absent if expected[n.removesuffix("bias") + "weight"].ndim == 4]
    return {**state, **{name: torch.zeros(expected[name].shape) for name in convolutions}}


def _listed(names: list[str]) -> str:
    return and_more([f"'{name}'" for name in names], _MAX_LISTED)


def _unsupported(reason: str) -> DamagedWeightsError:
    return DamagedWeightsError(
        f"The weights belong to no generator that cyclegan supports: {reason}.",
        "Supported are generators of the authors' repository (resnet_6blocks, resnet_9blocks), of "
        "CUT, of PyTorch-GAN and of stylekit.",
    )
