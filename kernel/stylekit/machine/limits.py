"""Limits of this process: control groups (SLURM, containers) and ulimit.

Control groups are limits of Linux: of version 2, or of version 1 with a tree for each resource. The
limits of all groups from the process' own up to the root hold at once.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

_UNLIMITED = 2**60
"""Version 1 writes a little less than 2^63 bytes for no limit."""

_THREADS = "OMP_NUM_THREADS"
"""The environment variable for the number of threads of PyTorch and NumPy."""

_WAITING = "OMP_WAIT_POLICY"
"""The environment variable for whether these threads sleep or spin while they wait."""

_SPINS = "GOMP_SPINCOUNT"
"""The same for how often they look before they sleep, where the library is that of GCC."""


class ControlGroups:
    """The control groups of this process.

    Args:
        root: root of the file system that has `/proc` and the groups.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    def memory_left(self) -> int | None:
        """Return the bytes that may still be used; None: there is no limit.

        Cached files count as free memory.
        """
        left = []
        for folder in self._folders("memory", "memory.current"):
            used = _number(folder / "memory.current")
            cached = _entries(folder / "memory.stat", "inactive_file", "active_file")
            limits = [_number(folder / name) for name in ("memory.max", "memory.high")]
            left += [limit - (used or 0) + cached for limit in limits if limit is not None]
        for folder in self._folders("memory", "memory.limit_in_bytes"):
            used = _number(folder / "memory.usage_in_bytes")
            cached = _entries(folder / "memory.stat", "total_inactive_file", "total_active_file")
            limits = [
                _number(folder / "memory.limit_in_bytes"),
                _entries(folder / "memory.stat", "hierarchical_memory_limit") or None,
            ]
            left += [
                limit - (used or 0) + cached
                for limit in limits
                if limit is not None and limit < _UNLIMITED
            ]
        return max(0, min(left)) if left else None

    def cpus(self) -> float | None:
        """Return the CPU quota in processors; None: there is no limit."""
        quotas = []
        for folder in self._folders("cpu", "cpu.max"):
            quota, _, period = _text(folder / "cpu.max").partition(" ")
            if quota.isdigit() and period.isdigit() and int(period):
                quotas.append(int(quota) / int(period))
        for folder in self._folders("cpu", "cpu.cfs_quota_us"):
            limit, span = (_number(folder / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
            if limit and span:
                quotas.append(limit / span)
        return min(quotas, default=None)

    def _folders(self, controller: str, file: str) -> Iterator[Path]:
        """Yield the folders of the groups of this process, and their parents, that have a file."""
        own = self._own(controller)
        for kind, group, mount in self._mounts(controller):
            path = own.get(kind)
            if path is None:
                continue
            # A container may see only its own group, as the root of the tree.
            around = group.rstrip("/") + "/"
            inside = path.removeprefix(around) if path.startswith(around) else ""
            steps = [step for step in inside.split("/") if step and step != ".."]
            for count in range(len(steps), -1, -1):
                folder = mount.joinpath(*steps[:count])
                if (folder / file).is_file():
                    yield folder

    def _own(self, controller: str) -> dict[str, str]:
        """Return the path of the process' group in the trees of version 1 and 2."""
        own = {}
        for line in _text(self._root / "proc/self/cgroup").splitlines():
            _, controllers, path = [*line.split(":", 2), "", ""][:3]
            if not controllers:
                own["cgroup2"] = path
            elif controller in controllers.split(","):
                own["cgroup"] = path
        return own

    def _mounts(self, controller: str) -> Iterator[tuple[str, str, Path]]:
        """Yield the version, the group at its root, and the folder of each tree; see proc(5)."""
        for line in _text(self._root / "proc/self/mountinfo").splitlines():
            before, _, after = line.partition(" - ")
            fields, (kind, *rest) = before.split(), [*after.split(), ""]
            if len(fields) < 5 or kind not in ("cgroup", "cgroup2"):
                continue
            if kind == "cgroup2" or controller in rest[-2].split(","):
                yield kind, fields[3], self._root / fields[4].lstrip("/")


def memory_left() -> int | None:
    """Return the bytes that limits of this process leave it; None: there are none."""
    left = [ControlGroups().memory_left(), *_left_of_ulimit()]
    return min((each for each in left if each is not None), default=None)


def cpu_count() -> int:
    """Return how many processors this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    quota = ControlGroups().cpus()
    return count if quota is None else max(1, min(count, math.ceil(quota)))


def prepare_threads() -> None:
    """Let libraries that are loaded later share the processors with other programs.

    They count processors and ignore quotas; threads beyond the quota only wait for each other.
    Threads that spin while they wait take the processor from those that they wait for: on a busy
    machine, the same run took 1.5 to 4 times as long (benchmarks/notes/speed.md). They spin about
    as long as it takes to wake one that sleeps, 20 to 50 microseconds. Does nothing about what the
    environment sets already.
    """
    if _WAITING not in os.environ:
        os.environ[_WAITING] = "PASSIVE"
        os.environ.setdefault(_SPINS, "1000")
    quota = ControlGroups().cpus()
    if quota is not None and quota < (os.cpu_count() or 1) and _THREADS not in os.environ:
        os.environ[_THREADS] = str(cpu_count())


def _left_of_ulimit() -> Iterator[int]:
    try:
        import resource
    except ImportError:
        # Windows has none.
        return
    import psutil

    used = psutil.Process().memory_info()
    for name, taken in (("RLIMIT_AS", used.vms), ("RLIMIT_DATA", getattr(used, "data", 0))):
        limit = resource.getrlimit(getattr(resource, name))[0] if hasattr(resource, name) else -1
        if limit not in (-1, resource.RLIM_INFINITY):
            yield max(0, limit - taken)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.isdigit() else None


def _entries(path: Path, *names: str) -> int:
    """Return the sum of some entries of a file with a name and a number in each line."""
    pairs = (line.split() for line in _text(path).splitlines())
    return sum(int(pair[1]) for pair in pairs if len(pair) == 2 and pair[0] in names)
