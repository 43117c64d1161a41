"""Convolutions out of a state with TensorFlow's names."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn


def convolution(
    state: Mapping[str, Tensor], layer: str, stride: int = 1, padding: int = 0, groups: int = 1
) -> nn.Conv2d:
    """Return the convolution of `layer`; kernels are (out, in / groups, k, k)."""
    kernel, bias = state[f"{layer}/weights"], state[f"{layer}/biases"]
    # On no device: random values are neither drawn nor stored.
    made = nn.Conv2d(
        kernel.shape[1] * groups,
        kernel.shape[0],
        kernel.shape[2],
        stride,
        padding,
        groups=groups,
        device="meta",
    )
    made.weight, made.bias = nn.Parameter(kernel.clone()), nn.Parameter(bias.clone())
    return made
