"""A network with the layers of TransformerNet (pytorch/examples), and random weights."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from stylekit_plugins.fast.network import FastNetwork, NormTable
from stylekit_plugins.networks.trained_layers import TrainedConv2d
from stylekit_plugins.networks.transfer_body import TransferBody
from stylekit_plugins.networks.transformer_net import BLOCKS

LAST_SCALE = 0.1
"""Factor on the random weights of the last layer: its results must begin inside [0, 1]."""


def new_network(
    width: int, strengths: Sequence[float], gates: Sequence[float], seed: int
) -> FastNetwork:
    """Return a network with random weights, whose first results are gray.

    Args:
        width: channels of the first layer.
        strengths: of the knots, ascending.
        gates: at each knot.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        body = TransferBody(
            [
                _convolution(3, width, 9),
                _convolution(width, 2 * width, 3, stride=2),
                _convolution(2 * width, 4 * width, 3, stride=2),
            ],
            [
                (_convolution(4 * width, 4 * width, 3), _convolution(4 * width, 4 * width, 3))
                for _ in range(BLOCKS)
            ],
            [
                _convolution(4 * width, 2 * width, 3),
                _convolution(2 * width, width, 3),
                _convolution(width, 3, 9),
            ],
        )
    *normalized, last = body.convolutions()
    with torch.no_grad():
        last.weight.mul_(LAST_SCALE)
        assert last.bias is not None
        last.bias.fill_(0.5)
    knots = len(strengths)
    norms = [
        NormTable(torch.ones(knots, each.out_channels), torch.zeros(knots, each.out_channels))
        for each in normalized
    ]
    network = FastNetwork(body, [*norms, None], torch.tensor(strengths), torch.tensor(gates))
    return network.requires_grad_(True)


def _convolution(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return TrainedConv2d(inputs, outputs, kernel, stride, kernel // 2, padding_mode="reflect")
