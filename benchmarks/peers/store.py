"""Finished measurements, one JSON file each, so that none is repeated."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Result = dict[str, Any]


class Store:
    """A folder of results."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def once(self, name: str, measure: Callable[[], Result]) -> Result:
        """Return a stored result, or measure and store it."""
        stored = self.get(name)
        if stored is not None:
            return stored
        print(f"{name} ...", flush=True)
        result = measure()
        path = self._path(name)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        part.replace(path)
        return result

    def get(self, name: str) -> Result | None:
        """Return a stored result, or None."""
        path = self._path(name)
        if not path.is_file():
            return None
        result: Result = json.loads(path.read_text(encoding="utf-8"))
        return result

    def names(self, prefix: str) -> list[str]:
        """Return the names of results with a prefix."""
        return sorted(path.stem for path in self.folder.glob(f"{prefix}*.json"))

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"
