"""The machine that runs are timed on."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import psutil

from stylekit.records.record import environment
from stylekit.version import __version__


def machine() -> dict[str, str]:
    """Return the hardware, the load and the versions that affect times."""
    memory = psutil.virtual_memory().total / 2**30
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return {
        "processor": _processor(),
        "cores": str(psutil.cpu_count(logical=False) or os.cpu_count() or "unknown"),
        "memory": f"{memory:.0f} GiB",
        "load": f"{load:.1f}",
        "stylekit": __version__,
        **environment(),
    }


def _processor() -> str:
    """Return the name of the processor; on Linux, `platform` knows only its family."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
