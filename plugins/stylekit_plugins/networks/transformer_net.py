"""TransformerNet of pytorch/examples (fast_neural_style): its files, and ours in its form.

Its layers are those of `transfer_body`, all normalized but the last. It takes and returns RGB in
0..255, and names its tensors `conv1.conv2d.weight`, `in1.weight`, `res1.conv1.conv2d.weight` and so
on. The range is folded into the first and the last convolution, which is exact but for rounding:
reflection padding multiplies with the image. https://github.com/pytorch/examples (BSD-3-Clause)
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

RANGE = 255.0

BLOCKS = 5
"""Residual blocks."""

SIGNATURE = "conv1.conv2d.weight"
"""A tensor that only its files have."""

_RUNNING = re.compile(r"\.(running_mean|running_var|num_batches_tracked)$")

_CONVOLUTIONS = {
    **{f"body.contract.{n}": f"conv{n + 1}.conv2d" for n in range(3)},
    **{
        f"body.residual.{block}.{part}": f"res{block + 1}.conv{part + 1}.conv2d"
        for block in range(BLOCKS)
        for part in range(2)
    },
    **{f"body.expand.{n}": f"deconv{n + 1}.conv2d" for n in range(3)},
}
"""Its name of each convolution, by ours, from the input on."""

_NORMS = {
    f"norms.{index}": name
    for index, name in enumerate(
        (
            *("in1", "in2", "in3"),
            *(f"res{block + 1}.in{part + 1}" for block in range(BLOCKS) for part in range(2)),
            *("in4", "in5"),
        )
    )
}
"""Its name of each normalization, by ours."""

_FIRST, _LAST = "body.contract.0", "body.expand.2"


def from_transformer_net(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the state of a network on images in [0, 1], with one strength.

    Tensors with other names are kept, so that a check of names finds them. Running statistics of
    normalizations (files of 2017) are left out: those networks normalize by the image.
    """
    rest = {name: tensor for name, tensor in state.items() if not _RUNNING.search(name)}
    result: dict[str, Tensor] = {}
    for ours, theirs in _CONVOLUTIONS.items():
        for part in ("weight", "bias"):
            if (tensor := rest.pop(f"{theirs}.{part}", None)) is not None:
                result[f"{ours}.{part}"] = tensor * _factor(ours, part)
    for ours, theirs in _NORMS.items():
        for part, name in (("weight", "scale"), ("bias", "shift")):
            if (tensor := rest.pop(f"{theirs}.{part}", None)) is not None:
                result[f"{ours}.{name}"] = tensor[None]
    return {**result, "strengths": torch.ones(1), "gates": torch.ones(1), **rest}


def to_transformer_net(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the state in the form of TransformerNet, of a network with one strength.

    Raises:
        ValueError: the network has other layers than TransformerNet, or mixes its result with the
            image.
    """
    result: dict[str, Tensor] = {}
    for ours, theirs in _CONVOLUTIONS.items():
        for part in ("weight", "bias"):
            if (tensor := state.get(f"{ours}.{part}")) is not None:
                result[f"{theirs}.{part}"] = tensor / _factor(ours, part)
    for ours, theirs in _NORMS.items():
        for part, name in (("weight", "scale"), ("bias", "shift")):
            if (tensor := state.get(f"{ours}.{name}")) is not None:
                result[f"{theirs}.{part}"] = tensor[0]
    layers = {name for name in state if name.startswith(("body.", "norms."))}
    if len(result) != len(layers) or len(result) != 2 * (len(_CONVOLUTIONS) + len(_NORMS)):
        raise ValueError("the network has other layers than TransformerNet")
    if not bool((state["gates"] == 1).all()):
        raise ValueError("the network mixes its result with the image")
    return {name: tensor.contiguous() for name, tensor in result.items()}


def _factor(convolution: str, part: str) -> float:
    """Return the factor that makes a tensor for images in 0..255 one for images in [0, 1]."""
    if convolution == _FIRST and part == "weight":
        return RANGE
    return 1 / RANGE if convolution == _LAST else 1.0
