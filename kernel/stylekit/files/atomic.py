"""Atomic writes, and checks that a file can be written."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from stylekit.errors import InputError
from stylekit.files.draft import Draft, Taken, draft_name
from stylekit.files.paths import exists

_USUAL_LIMIT = 255
"""Bytes of a file name on nearly every file system."""

_FITTING = 100
"""Bytes of a path that fits on every file system, so that no check is needed."""


@contextlib.contextmanager
def atomic_write(path: Path, like: Path | None = None) -> Iterator[Path]:
    """Yield a temporary path beside `path` with its suffix; rename it when the block succeeds.

    It is for stylekit's own files: an existing file is replaced. Files that a user names are
    written by `stylekit.files.ownership.OwnFiles`.

    Args:
        like: the file whose permissions the new file gets if `path` does not exist.

    Raises:
        InputError: it cannot be written.
    """
    with Draft(path, like) as draft:
        yield draft.path
        try:
            draft.place(path, replace=True)
        except Taken:
            raise InputError(f"Cannot write {path}: it is a folder.") from None


def check_free(path: Path, overwrite: bool) -> None:
    """Check that a path does not exist, or is a file that may be replaced.

    Args:
        overwrite: a file may be replaced.

    Raises:
        InputError: the path exists and may not be replaced, or is not a regular file.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        mode = stat.S_IFREG
    if stat.S_ISDIR(mode):
        raise InputError(f"Cannot write {path}: it is a folder.")
    if not stat.S_ISREG(mode):
        raise InputError(f"Cannot write {path}: it is not a regular file.")
    # A broken link exists, too.
    if os.path.lexists(path) and not overwrite:
        raise file_exists_error(path)


def check_writable(*paths: Path) -> None:
    """Check that files can be written, and leave nothing behind.

    Each folder is tried once, with a draft of its first file; for the other files, only the lengths
    of their names are checked.

    Raises:
        InputError: a file cannot be written.
    """
    tried: dict[Path, Path] = {}
    for path in paths:
        if path.parent not in tried:
            tried[path.parent] = _nearest(path)
            _check_names(path, tried[path.parent])
            _try(path, tried[path.parent])
        else:
            _check_names(path, tried[path.parent])


def _nearest(path: Path) -> Path:
    """Return the folder of a file, or the first existing one above it."""
    folder = path.parent
    while not exists(folder) and folder != folder.parent:
        folder = folder.parent
    return folder


def _try(path: Path, folder: Path) -> None:
    try:
        if not folder.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        with Draft(folder / path.name):
            pass
    except (InputError, OSError) as error:
        reason = error.__cause__ or error
        raise InputError(
            f"Cannot write {path}: no write permission for folder {folder} "
            f"({getattr(reason, 'strerror', None) or reason}).",
            "Choose another path with --out.",
        ) from None


def _check_names(path: Path, folder: Path) -> None:
    """Check that names are not too long for the file system of an existing folder.

    Each name is looked up, which creates nothing: some file systems report a wrong limit.
    """
    missing = path.parent.parts[len(folder.parts) :] if folder != Path() else path.parent.parts
    for name in (*missing, path.name, draft_name(path).name):
        if _is_too_long(folder / name):
            limit, length = _limit(folder), len(os.fsencode(name))
            raise InputError(
                f"Cannot write {path}: the name {name} has {length} bytes, but file names may have "
                f"at most {limit} there.",
                "Choose a shorter --out.",
            )
    if _is_too_long(path):
        raise InputError(f"The path is too long to write to: {path}", "Choose a shorter --out.")


def _is_too_long(path: Path) -> bool:
    try:
        if len(os.fsencode(path)) > _FITTING:
            path.lstat()
    except OSError as error:
        return error.errno == errno.ENAMETOOLONG
    return False


def _limit(folder: Path) -> int:
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):
        return _USUAL_LIMIT


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_exists_error(path: Path) -> InputError:
    """Return the error for a file that may not be replaced."""
    return InputError(
        f"{path} exists already; nothing was changed.",
        "Choose another --out, or pass --overwrite.",
    )
