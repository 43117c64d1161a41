"""Entry points of installed distributions, read without importing what they name."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from itertools import accumulate
from pathlib import Path

GROUP = "stylekit"
BUILTIN_DISTRIBUTION = "stylekit"

_API_LINE = re.compile(r"^STYLEKIT_API\s*(?::[^=]+)?=\s*(\d+)", re.MULTILINE)


def entry_points() -> Iterator[importlib.metadata.EntryPoint]:
    """Yield the group's entry points; one distribution's broken metadata hides no other's."""
    seen: set[str] = set()
    for distribution in importlib.metadata.distributions():
        try:
            points = [point for point in distribution.entry_points if point.group == GROUP]
            # Reading the name costs far more than the entry points; few distributions have any.
            name = normalized(distribution.name) if points else ""
            if name == BUILTIN_DISTRIBUTION and points != _builtin_points():
                # It is called so in its metadata alone.
                continue
        except Exception:
            # pip reports it to the user who installs it.
            continue
        # Of two copies, the first on the path is the one that imports find.
        if points and name not in seen:
            seen.add(name)
            yield from points


def _builtin_points() -> list[importlib.metadata.EntryPoint]:
    found = importlib.metadata.distribution(BUILTIN_DISTRIBUTION)
    return [point for point in found.entry_points if point.group == GROUP]


def is_builtin(point: importlib.metadata.EntryPoint) -> bool:
    """Return whether stylekit itself registers an entry point."""
    return distribution_of(point) == BUILTIN_DISTRIBUTION


def distribution_of(point: importlib.metadata.EntryPoint) -> str | None:
    """Return the name of the distribution that registers an entry point, if it has one."""
    return point.dist.name if point.dist else None


def normalized(name: str) -> str:
    """Write a name as package indexes compare it; a colon stays."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared_api(module: str) -> int | None:
    """Read STYLEKIT_API from a module's source without running it, or any parent package of it."""
    path: list[str] | None = None
    spec: ModuleSpec | None = None
    for part in accumulate(module.split("."), "{}.{}".format):
        try:
            spec = PathFinder.find_spec(part, path)
        except KeyError:
            # A namespace package in another one cannot be found before that is imported.
            return None
        if spec is None:
            return None
        path = list(spec.submodule_search_locations or ())
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return None
    try:
        match = _API_LINE.search(Path(spec.origin).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    return int(match.group(1)) if match else None
