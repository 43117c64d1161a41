"""Convolutions from a state dict with TensorFlow's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from torch import Tensor, nn

from stylekit_plugins.networks.trained_layers import TrainedConv2d


def convolution(
    state: Mapping[str, Tensor],
    name: str,
    stride: int = 1,
    padding: int = 0,
    groups: int = 1,
    mode: Literal["zeros", "reflect"] = "zeros",
) -> nn.Conv2d:
    """Return the convolution with a name; kernels are (out, in / groups, k, k).

    Args:
        mode: what the padding holds.
    """
    kernel, bias = state[f"{name}/weights"], state[f"{name}/biases"]
    # On the meta device, where no random values are drawn or stored.
    layer = TrainedConv2d(
        kernel.shape[1] * groups,
        kernel.shape[0],
        kernel.shape[2],
        stride,
        padding,
        groups=groups,
        padding_mode=mode,
        device="meta",
    )
    layer.weight, layer.bias = nn.Parameter(kernel.clone()), nn.Parameter(bias.clone())
    return layer
