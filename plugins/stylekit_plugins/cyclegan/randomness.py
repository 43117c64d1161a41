"""Random numbers that depend on the seed and the place in the training alone.

So a training that resumes draws the same numbers as one that was never stopped.
"""

from __future__ import annotations

from enum import IntEnum

import torch

_LARGE_PRIME = 2_147_483_647


class Purpose(IntEnum):
    """First part of a place, so that no two kinds of draw share a seed."""

    NETWORKS = 0
    ORDER_A = 1
    ORDER_B = 2
    CROPS_A = 3
    CROPS_B = 4
    POOLS = 5


def random_generator(seed: int, *place: int) -> torch.Generator:
    """Return a generator, on the CPU, for one place in a training."""
    state = seed % _LARGE_PRIME
    for number in place:
        state = (state * 1_000_003 + number + 1) % _LARGE_PRIME
    return torch.Generator().manual_seed(state)


def sampling_order(count: int, length: int, seed: int, *place: int) -> list[int]:
    """Return `length` numbers below `count`, each once before any repeats."""
    numbers: list[int] = []
    generator = random_generator(seed, *place)
    while len(numbers) < length:
        numbers += torch.randperm(count, generator=generator).tolist()
    return numbers[:length]
