"""Random numbers that depend on the seed and the place in the training alone.

So a training that resumes draws the same numbers as one that was never stopped.
"""

from __future__ import annotations

from enum import IntEnum

import torch

_LARGE_PRIME = 2_147_483_647


class Purpose(IntEnum):
    """First part of a place, so that no two kinds of draw share a seed."""

    PHOTOGRAPHS = 0
    TURNS = 1
    CROPS = 2
    STRENGTHS = 3
    PERTURBATIONS = 4
    VALIDATION = 5


def random_generator(seed: int, *place: int) -> torch.Generator:
    """Return a generator, on the CPU, for one place in a training."""
    state = seed % _LARGE_PRIME
    for number in place:
        state = (state * 1_000_003 + number + 1) % _LARGE_PRIME
    return torch.Generator().manual_seed(state)


def permuted(count: int, position: int, seed: int, purpose: Purpose) -> int:
    """Return a number below `count`: each once in positions 0 to count - 1, and so on."""
    turn, index = divmod(position, count)
    order = torch.randperm(count, generator=random_generator(seed, purpose, turn))
    return int(order[index])


def uniform(generator: torch.Generator, low: float, high: float) -> float:
    """Draw a number between `low` and `high`."""
    return low + (high - low) * float(torch.rand((), generator=generator))
