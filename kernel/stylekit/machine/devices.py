"""Devices: which one to use, how much memory it has free, how much was used."""

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

# Left for the interpreter, the system and what an estimate cannot see.
_CPU_RESERVE = 512 * MIB


def choose(name: str) -> torch.device:
    """Return the device that `auto`, `cpu`, `cuda`, `cuda:N` or `mps` means.

    Raises:
        UsageError: this machine does not have it.
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
            f"Device '{name}' is not there: this machine has {count} usable CUDA devices.",
            "Use --device auto or --device cpu.",
        )
    if device.type == "mps" and torch.backends.mps.is_available():
        return device
    raise UsageError(f"Device '{name}' is not usable here.", "Use --device auto or --device cpu.")


def free_memory(device: torch.device) -> int:
    """Return the bytes that a job may plan for on `device`, within all limits of this process."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free * 0.95)
    free, left = psutil.virtual_memory().available, limits.memory_left()
    free = int(free if left is None else min(free, left))
    # Of little, half: a small image still fits.
    return free - min(_CPU_RESERVE, free // 2)


def give_back_freed_memory(above: int = 4) -> None:
    """Let this process return blocks of more than `above` MiB to the system once they are freed.

    glibc keeps blocks of up to 32 MiB for later, which between tensors of many sizes adds up to a
    third more memory. Without that, a step of a large picture takes about a seventh longer (above
    4 MiB), or a twentieth (12 MiB, which saves most of it). Does nothing elsewhere.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_MMAP_THRESHOLD, above * MIB)
        # What it has unless told the threshold above, at most; else the end of the heap comes and
        # goes with every block.
        libc.mallopt(_M_TRIM_THRESHOLD, 64 * MIB)


def peak_memory_mb(device: torch.device) -> float:
    """Return the most memory used so far in MiB: of the GPU, or of this process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / MIB
    if resource is None:
        # Its name on Windows; elsewhere without `resource` there is no peak, and this is close.
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
