"""Several processes that work on one training, started with torchrun."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch
from torch import distributed


@dataclass(frozen=True)
class Processes:
    """This process among those that torchrun started; a process of its own is the only one.

    Attributes:
        rank: its number, counted from 0.
        world: how many there are.
        device: what it works on; of several GPUs, one for each process of a machine.
    """

    rank: int
    world: int
    device: torch.device

    @classmethod
    def joined(cls, device: torch.device) -> Processes:
        """Meet the others, if there are any: torchrun tells by environment variables."""
        world = int(os.environ.get("WORLD_SIZE", "1"))
        if world == 1:
            return cls(0, 1, device)
        if device.type == "cuda":
            device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
            torch.cuda.set_device(device)
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        return cls(distributed.get_rank(), world, device)

    @property
    def is_first(self) -> bool:
        """Whether this is the one that writes and speaks."""
        return self.rank == 0

    def leave(self) -> None:
        """Part from the others."""
        if self.world > 1:
            distributed.destroy_process_group()
