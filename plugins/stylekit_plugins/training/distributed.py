"""Several processes that work on one training, started with torchrun or by a cluster like it."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import torch
from torch import distributed

from stylekit.errors import InputError, UsageError

if TYPE_CHECKING:
    from torch.distributed.distributed_c10d import Store

_log = logging.getLogger(f"stylekit.{__name__}")

PATIENCE = timedelta(minutes=5)
"""How long the processes wait for each other at the beginning."""

_PLACE = ("RANK", "MASTER_ADDR", "MASTER_PORT")
"""What torchrun says besides WORLD_SIZE; without all of it the processes cannot meet."""


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
        """Meet the others, if there are any: torchrun tells by environment variables.

        Args:
            warn: called with a line if only some of these variables are set, as in pods of some
                clusters; this process trains alone then.

        Raises:
            UsageError: a variable that should be a number is none.
            InputError: the others do not come.
        """
        world = _number("WORLD_SIZE", 1)
        if world <= 1:
            return cls(0, 1, device)
        if missing := [name for name in _PLACE if not os.environ.get(name)]:
            _log.warning(
                f"WORLD_SIZE is {world}, but {', '.join(missing)} is not set: this process trains "
                "alone. Several are started with torchrun."
            )
            return cls(0, 1, device)
        rank = _number("RANK", 0)
        if device.type == "cuda":
            device = torch.device("cuda", _number("LOCAL_RANK", 0))
            torch.cuda.set_device(device)
        backend = "nccl" if device.type == "cuda" else "gloo"
        store = _meet(rank, world)
        distributed.init_process_group(backend, store=store, rank=rank, world_size=world)
        return cls(rank, world, device)

    @property
    def is_first(self) -> bool:
        """Whether this is the one that writes and speaks."""
        return self.rank == 0

    def leave(self) -> None:
        """Part from the others."""
        if self.world > 1:
            distributed.destroy_process_group()


def _meet(rank: int, world: int) -> Store:
    """Wait until all processes are there; return what they share.

    Raises:
        InputError: some do not come in time, or nobody is at that address.
    """
    # Only now: some builds of torch have none of it.
    from torch.distributed.distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    try:
        store, _, _ = next(rendezvous("env://", rank, world, timeout=PATIENCE))
        arrived = PrefixStore("stylekit", store)
        # With torchrun the address is that of torchrun itself, which answers for nobody.
        arrived.set(str(rank), "here")
        arrived.wait([str(number) for number in range(world)], PATIENCE)
    except (RuntimeError, ValueError) as error:
        address = f"{os.environ['MASTER_ADDR']}:{os.environ['MASTER_PORT']}"
        raise InputError(
            f"The {world} processes of this training did not meet at {address} within "
            f"{PATIENCE.total_seconds():.0f} s ({type(error).__name__}).",
            "Start all of them with torchrun; or unset WORLD_SIZE to train in one process.",
        ) from error
    shared: Store = store
    return shared


def _number(name: str, default: int) -> int:
    text = os.environ.get(name) or str(default)
    try:
        return int(text)
    except ValueError:
        raise UsageError(
            f"The environment variable {name} is '{text}', which is not a number.",
            "torchrun sets it; unset it to train in one process.",
        ) from None
