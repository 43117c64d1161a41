"""VGG-16 and VGG-19: blocks, layer names, and where torchvision has each layer.

K. Simonyan, A. Zisserman: "Very Deep Convolutional Networks for Large-Scale Image Recognition",
ICLR 2015 (arXiv:1409.1556), table 1, configurations D and E. Layers are called `convB_N` and
`reluB_N` (the Nth of block B, from 1), and `poolB`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

BLOCKS: Mapping[str, tuple[int, ...]] = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
"""Convolutions in each block."""

CHANNELS = (64, 128, 256, 512, 512)
"""Output channels of each block's convolutions."""


class Convolution(NamedTuple):
    """One convolution.

    Attributes:
        block: from 1.
        number: within its block, from 1.
        position: in torchvision's `features`; its ReLU is the next module.
    """

    block: int
    number: int
    position: int


def convolutions(network: str) -> Iterator[Convolution]:
    """Yield the convolutions of a network from the input on."""
    index = 0
    for block, count in enumerate(BLOCKS[network], start=1):
        for number in range(1, count + 1):
            yield Convolution(block, number, index)
            index += 2  # The convolution and its ReLU.
        index += 1  # The pooling.


def convolution_names(indices: Iterable[int]) -> dict[int, str]:
    """Return the name `B_N` of each convolution of a state dict by its index in `features`.

    Indices within a block are two apart; the pooling between blocks makes it three.
    """
    names: dict[int, str] = {}
    block, number, previous = 1, 0, -2
    for index in sorted(indices):
        block, number = (block, number + 1) if index - previous == 2 else (block + 1, 1)
        names[index] = f"{block}_{number}"
        previous = index
    return names


def layer_names(network: str) -> tuple[str, ...]:
    """Return every layer from the input to the output: `conv1_1`, `relu1_1`, ..., `pool5`."""
    names: list[str] = []
    for block, count in enumerate(BLOCKS[network], start=1):
        for number in range(1, count + 1):
            names += [f"conv{block}_{number}", f"relu{block}_{number}"]
        names.append(f"pool{block}")
    return tuple(names)


def layer_indices(network: str) -> dict[str, int]:
    """Return the index in torchvision's `features` of each convolution and ReLU by its name."""
    indices: dict[str, int] = {}
    for block, number, index in convolutions(network):
        indices[f"conv{block}_{number}"], indices[f"relu{block}_{number}"] = index, index + 1
    return indices
