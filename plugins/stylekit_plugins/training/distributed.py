"""Several processes of one training, started with torchrun or a similar launcher."""

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
"""Time that the processes wait for each other at the start."""

_PLACE = ("RANK", "MASTER_ADDR", "MASTER_PORT")
"""Variables that torchrun sets beside WORLD_SIZE; without them the processes cannot connect."""


@dataclass(frozen=True)
class Processes:
    """This process among those that torchrun started, or a single process.

    Attributes:
        rank: its number, counted from 0.
        world: number of processes.
        device: of this process; each process of a machine gets a different GPU.
    """

    rank: int
    world: int
    device: torch.device

    @classmethod
    def join(cls, device: torch.device) -> Processes:
        """Connect to the other processes that torchrun's environment variables announce.

        If only some variables are set, as in pods of some clusters, this process trains alone, with
        a warning.

        Raises:
            UsageError: a variable that must be a number is not.
            InputError: the others do not connect in time.
        """
        world = _number("WORLD_SIZE", 1)
        if world <= 1:
            return cls(0, 1, device)
        if missing := [name for name in _PLACE if not os.environ.get(name)]:
            _log.warning(
                f"WORLD_SIZE is {world}, but {', '.join(missing)} is not set: this process trains "
                "alone. Use torchrun to start several."
            )
            return cls(0, 1, device)
        rank = _number("RANK", 0)
        if device.type == "cuda":
            device = torch.device("cuda", _number("LOCAL_RANK", 0))
            torch.cuda.set_device(device)
        backend = "nccl" if device.type == "cuda" else "gloo"
        store = _rendezvous(rank, world)
        distributed.init_process_group(backend, store=store, rank=rank, world_size=world)
        return cls(rank, world, device)

    @property
    def is_first(self) -> bool:
        """Whether this process writes files and logs."""
        return self.rank == 0

    def leave(self) -> None:
        """Disconnect from the others."""
        if self.world > 1:
            distributed.destroy_process_group()


def _rendezvous(rank: int, world: int) -> Store:
    """Wait until all processes have connected; return their store.

    Raises:
        InputError: some do not connect in time, or the address does not answer.
    """
    # Imported here, because some builds of torch lack it.
    from torch.distributed.distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    try:
        store, _, _ = next(rendezvous("env://", rank, world, timeout=PATIENCE))
        arrived = PrefixStore("stylekit", store)
        # The address is torchrun's own, so an answer does not show that all are there.
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
