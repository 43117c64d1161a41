"""Checks of paths, and the error for a missing file."""

from __future__ import annotations

import os
from pathlib import Path

from stylekit.errors import InputError
from stylekit.text import nearest


def exists(path: str | Path) -> bool:
    """Return whether a file or folder exists; a name that no file system allows does not."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def is_file(path: str | Path) -> bool:
    """Return whether a path is an existing regular file; invalid names are not."""
    return exists(path) and Path(path).is_file()


def is_folder(path: str | Path) -> bool:
    """Return whether a path is an existing folder; invalid names are not."""
    return exists(path) and Path(path).is_dir()


def missing_file(path: Path, what: str = "file") -> InputError:
    """Return the error for a missing file; it suggests the closest name in the same folder."""
    parent = path.parent
    try:
        beside = [entry.name for entry in parent.iterdir()] if parent.is_dir() else None
    except (OSError, ValueError):
        beside = []
    if beside is None:
        return InputError(f"No such {what}: {path}", f"There is no folder {parent}.")
    close = nearest(path.name, beside, most=1)
    return InputError(f"No such {what}: {path}", f"Did you mean '{close[0]}'?" if close else None)


def looks_like_path(text: str) -> bool:
    """Return whether a text is a path by its look, so that no stray file can shadow a name."""
    return "/" in text or os.sep in text or "." in Path(text).name
