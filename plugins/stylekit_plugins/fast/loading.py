"""Build a network from a state dict; the architecture is read from its tensors.

Widths, kernels, the number of residual blocks and of knots are those of the file. Networks of
stylekit are normalized as the arbitrary-style one is: not in the first three layers, but in the
last; those of pytorch/examples in all layers but the last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from stylekit.errors import DamagedWeightsError
from stylekit.text import and_more
from stylekit_plugins.fast.network import FastNetwork, NormTable
from stylekit_plugins.networks.trained_layers import TrainedConv2d
from stylekit_plugins.networks.transfer_body import TransferBody

CONTRACT_STRIDES, EXPANDING = (1, 2, 2), 3

_BLOCK = re.compile(r"body\.residual\.(\d+)\.")
_MAX_BLOCKS, _MAX_CHANNELS = 64, 4096
_MAX_LISTED = 3


def build_network(state: Mapping[str, Tensor]) -> FastNetwork:
    """Build the network of a state dict (`FastNetwork.state_dict`).

    Raises:
        DamagedWeightsError: a tensor is missing, unexpected, or of another shape than the others
            ask for.
    """
    blocks = 1 + max((int(m[1]) for name in state if (m := _BLOCK.match(name))), default=-1)
    if not 0 < blocks <= _MAX_BLOCKS:
        raise _unsupported(f"it has {blocks} residual blocks")
    # Without memory: the sizes in the file are not verified yet.
    with torch.device("meta"):
        body = TransferBody(
            [
                _convolution(state, f"body.contract.{index}", stride)
                for index, stride in enumerate(CONTRACT_STRIDES)
            ],
            [
                (
                    _convolution(state, f"body.residual.{block}.0"),
                    _convolution(state, f"body.residual.{block}.1"),
                )
                for block in range(blocks)
            ],
            [_convolution(state, f"body.expand.{index}") for index in range(EXPANDING)],
        )
        knots = _tensor(state, "strengths", 1)
        norms = [
            NormTable(*torch.empty(2, len(knots), convolution.out_channels))
            if f"norms.{index}.scale" in state
            else None
            for index, convolution in enumerate(body.convolutions())
        ]
        network = FastNetwork(body, norms, knots.to("meta"), torch.empty(len(knots)))
    _verify(state, network.state_dict())
    _verify_knots(state["strengths"], state["gates"])
    network.load_state_dict(dict(state), assign=True)
    network.body.to(memory_format=torch.channels_last)
    return network


def _convolution(state: Mapping[str, Tensor], name: str, stride: int = 1) -> nn.Conv2d:
    outputs, inputs, height, width = _tensor(state, f"{name}.weight", 4).shape
    if height != width or height % 2 == 0 or not 0 < max(outputs, inputs) <= _MAX_CHANNELS:
        raise _unsupported(f"'{name}.weight' has the shape {outputs, inputs, height, width}")
    return TrainedConv2d(inputs, outputs, height, stride, height // 2, padding_mode="reflect")


def _tensor(state: Mapping[str, Tensor], name: str, dimensions: int) -> Tensor:
    tensor = state.get(name)
    if tensor is None:
        raise _unsupported(f"it has no '{name}'")
    if tensor.ndim != dimensions or not tensor.numel():
        raise _unsupported(f"'{name}' has the shape {tuple(tensor.shape)}")
    return tensor


def _verify(state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Raise an error unless the names and the shapes are the expected ones."""
    if missing := sorted(set(expected) - set(state)):
        raise _unsupported(f"it has no {_listed(missing)}")
    if unexpected := sorted(set(state) - set(expected)):
        raise _unsupported(f"it has unexpected tensors {_listed(unexpected)}")
    channels = 3
    for name, tensor in expected.items():
        if state[name].shape != tensor.shape:
            raise _unsupported(
                f"'{name}' has the shape {tuple(state[name].shape)} instead of "
                f"{tuple(tensor.shape)}"
            )
        if name.startswith("body.") and tensor.ndim == 4:
            if tensor.shape[1] != channels:
                raise _unsupported(
                    f"'{name}' takes {tensor.shape[1]} channels instead of {channels}"
                )
            channels = tensor.shape[0]
    if channels != 3:
        raise _unsupported(f"its result has {channels} channels instead of 3")


def _verify_knots(strengths: Tensor, gates: Tensor) -> None:
    ascending = bool((strengths.diff() > 0).all())
    if not ascending or not bool(((gates >= 0) & (gates <= 1)).all()):
        raise _unsupported("its strengths do not ascend, or its gates are not in [0, 1]")


def _listed(names: list[str]) -> str:
    return and_more([f"'{name}'" for name in names], _MAX_LISTED)


def _unsupported(reason: str) -> DamagedWeightsError:
    return DamagedWeightsError(
        f"The weights belong to no network that fast supports: {reason}.",
        "Supported are the networks that `stylekit train --method fast` writes, and TransformerNet "
        "of pytorch/examples.",
    )
