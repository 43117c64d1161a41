"""EfficientNet-Lite0: its blocks, and how its convolutions pad.

M. Tan, Q. Le: "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019
(arXiv:1905.11946), table 1, in its Lite form: no squeeze-and-excitation, ReLU6 for swish, stem and
head not scaled. Each block is an inverted residual (Sandler et al., CVPR 2018): it expands the
channels, filters each by itself, and projects them to fewer. The network was trained in TensorFlow,
whose padding and normalization it keeps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Blocks, kernel, stride of the first block, expansion and output channels of each stage."""

STEM = 32
"""Output channels of the first convolution."""

HEAD = 1280
"""Output channels of the last convolution."""

CLASSES = 1000
"""Of ImageNet."""

EPSILON = 1e-3
"""Of the batch normalizations."""


class Block(NamedTuple):
    """One inverted residual.

    Attributes:
        number: from 0; names of tensors begin with `_blocks.{number}.`.
        expansion: how many times as many channels are filtered as come in; 1: nothing expands.
    """

    number: int
    channels_in: int
    channels: int
    kernel: int
    stride: int
    expansion: int

    @property
    def inner(self) -> int:
        """How many channels are filtered."""
        return self.channels_in * self.expansion

    @property
    def is_residual(self) -> bool:
        """Whether the input is added to the output."""
        return self.stride == 1 and self.channels_in == self.channels


def blocks() -> Iterator[Block]:
    """Yield the blocks from the input to the output."""
    number, channels_in = 0, STEM
    for count, kernel, first_stride, expansion, channels in STAGES:
        for stride in (first_stride, *[1] * (count - 1)):
            yield Block(number, channels_in, channels, kernel, stride, expansion)
            number, channels_in = number + 1, channels


def same_padding(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return TensorFlow's `SAME` padding before and after `side` positions.

    It gives ceil(side / stride) outputs; an odd position of padding comes after.
    """
    missing = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return missing // 2, missing - missing // 2
