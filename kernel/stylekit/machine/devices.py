"""Devices: selection, free memory, and peak memory."""

from __future__ import annotations

import ctypes
import platform
import sys
from types import ModuleType

import psutil
import torch

from stylekit.errors import UsageError
from stylekit.machine import limits

resource: ModuleType | None
try:
    import resource
except ImportError:
    # Windows.
    resource = None

MIB = 1024 * 1024

# From malloc.h of glibc.
_M_MMAP_THRESHOLD = -3
_M_TRIM_THRESHOLD = -1

# Reserved for the interpreter, the system and the error of estimates.
_CPU_RESERVE = 512 * MIB


def choose(name: str) -> torch.device:
    """Return the device that `auto`, `cpu`, `cuda`, `cuda:N` or `mps` means.

    Raises:
        UsageError: this machine has no such device.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        if torch.backends.mps.is_available():
            return torch.device("mps")
        return torch.device("cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UsageError(
            f"Unknown device '{name}'.", "Known: auto, cpu, cuda, cuda:N, mps."
        ) from None
    if device.type == "cpu":
        return device
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) < count:
            return device
        raise UsageError(
            f"Device '{name}' is not available: this machine has {count} usable CUDA devices.",
            "Use --device auto or --device cpu.",
        )
    if device.type == "mps" and torch.backends.mps.is_available():
        return device
    raise UsageError(f"Device '{name}' is not available.", "Use --device auto or --device cpu.")


def free_memory(device: torch.device) -> int:
    """Return the bytes that a job may plan for on `device`, within all limits of this process."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free * 0.95)
    free, left = psutil.virtual_memory().available, limits.memory_left()
    free = int(free if left is None else min(free, left))
    # If little is free, plan for half of it: a small image still fits.
    return free - min(_CPU_RESERVE, free // 2)


def give_back_freed_memory(above: int = 4) -> None:
    """Let this process return freed blocks of more than `above` MiB to the system.

    glibc keeps blocks of up to 32 MiB, which for tensors of many sizes wastes much memory. A lower
    threshold saves memory and costs time (`benchmarks/notes/malloc.md`). Without glibc this does
    nothing.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, above * MIB)
        # The default of glibc, which the call above has changed: with a lower threshold, the end of
        # the heap would be returned and requested again with every block.
        libc.mallopt(_M_TRIM_THRESHOLD, 64 * MIB)


def peak_memory_mb(device: torch.device) -> float:
    """Return the peak memory so far in MiB: of the GPU, or of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / MIB
    if resource is None:
        # `peak_wset` is the peak on Windows; on other systems the current size has to do.
        memory = psutil.Process().memory_info()
        return int(getattr(memory, "peak_wset", memory.rss)) / MIB
    peak: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MIB if sys.platform == "darwin" else peak / 1024


def describe(device: torch.device) -> str:
    """Return a device's name for records: `cpu (x86_64, 2 threads)` or the GPU's name."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    threads = torch.get_num_threads()
    plural = "" if threads == 1 else "s"
    return f"{device} ({platform.machine()}, {threads} thread{plural})"
