"""From a state dict to a generator: what files of other settings hold is brought into one form.

- Gray images (`--input_nc 1`, `--output_nc 1`): the first convolution takes the luminance of red,
  green and blue, and the last one gives it to all three, which changes no number of the network.
- Batch normalization (`--norm batch`) takes the statistics of the image, as it did in training
  with one image a batch and as the authors' `test.py` does; then it is instance normalization with
  a scale and a shift, after convolutions whose bias is 0.
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
"""Of red, green and blue in a gray image (ITU-R BT.601), as Pillow converts it."""

_LAYER = re.compile(r"model\.(\d+)\.")

_NAMED = 3
"""Tensors that an error names."""


def generator_of(state: Mapping[str, Tensor]) -> Generator:
    """Make the generator of a state dict, for images of three channels.

    Raises:
        DamagedWeightsError: it is of another architecture; the message says what differs.
    """
    try:
        colored = _colored(state)
        # On no device: what a file only claims to be large takes no memory.
        with torch.device("meta"):
            generator = Generator(architecture_of(colored))
    except ValueError as error:
        raise _other(str(error)) from None
    expected = generator.state_dict()
    complete = _with_biases(colored, expected)
    missing = sorted(set(expected) - set(complete))
    if missing:
        raise _other(f"it has no {_listed(missing)}")
    if left := sorted(set(complete) - set(expected)):
        raise _other(f"it has {_listed(left)} besides")
    for name, tensor in expected.items():
        if complete[name].shape != tensor.shape:
            raise _other(
                f"'{name}' has the shape {tuple(complete[name].shape)} instead of "
                f"{tuple(tensor.shape)}"
            )
        if name.endswith(".filt") and not is_published(complete[name]):
            raise _other(f"'{name}' is another filter than that of CUT")
    generator.load_state_dict(complete, assign=True)
    return generator


def _colored(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Give a network for gray images weights for color images of equal channels."""
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


def _with_biases(state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Add biases of 0 to convolutions before batch normalization, which have none."""
    if "model.1.bias" in state:
        return dict(state)
    if "model.2.weight" not in state:
        raise _other("it was trained without normalization (--norm none)")
    absent = [name for name in expected if name.endswith(".bias") and name not in state]
    convolutions = [n for n in absent if expected[n.removesuffix("bias") + "weight"].ndim == 4]
    return {**state, **{name: torch.zeros(expected[name].shape) for name in convolutions}}


def _listed(names: list[str]) -> str:
    return and_more([f"'{name}'" for name in names], _NAMED)


def _other(reason: str) -> DamagedWeightsError:
    return DamagedWeightsError(
        f"The weights are of no generator that cyclegan knows: {reason}.",
        "Generators of the authors' repository (resnet_6blocks, resnet_9blocks), of CUT, of "
        "PyTorch-GAN and of stylekit are known.",
    )
