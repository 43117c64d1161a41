"""Training in several processes, started with torchrun: each takes a part of every batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor, distributed

T = TypeVar("T")


def local_part(items: Sequence[T], rank: int, world: int) -> list[T]:
    """Return the part of a batch, a multiple of `world`, that one process works on."""
    each = len(items) // world
    return list(items[rank * each : (rank + 1) * each])


def average_gradients(optimizer: torch.optim.Optimizer, world: int) -> None:
    """Replace each gradient by its mean over all processes: that of the whole batch."""
    if world == 1:
        return
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if parameter.grad is not None:
                distributed.all_reduce(parameter.grad)
                parameter.grad /= world


def mean_over_processes(values: Tensor, world: int) -> Tensor:
    """Return the mean of values over all processes."""
    if world > 1:
        distributed.all_reduce(values)
        values = values / world
    return values
