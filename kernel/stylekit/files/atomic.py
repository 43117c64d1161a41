"""Files appear complete or not at all."""

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
"""Bytes of a path that fits everywhere, so that nothing has to be asked."""


@contextlib.contextmanager
def atomic_write(path: Path, like: Path | None = None) -> Iterator[Path]:
    """Give a temporary path beside `path`, with its suffix; rename it when the block succeeds.

    It is for files that are stylekit's own: what has that name is replaced. Those that a user names
    are written by `stylekit.files.ownership.OwnFiles`.

    Args:
        like: the file whose permissions it gets if there is no `path` yet.

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
    """Refuse a name under which there is something already.

    Args:
        overwrite: a file may be replaced.

    Raises:
        InputError: there is something that may not be replaced, or that is no ordinary file.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        mode = stat.S_IFREG
    if stat.S_ISDIR(mode):
        raise InputError(f"Cannot write {path}: it is a folder.")
    if not stat.S_ISREG(mode):
        raise InputError(f"Cannot write {path}: it is no ordinary file.")
    # A link that leads nowhere is something, too.
    if os.path.lexists(path) and not overwrite:
        raise file_exists_error(path)


def check_writable(*paths: Path) -> None:
    """Find out whether files could be written, without leaving anything behind.

    Each folder is tried once, with a draft of the first of its files; of the others, only the
    lengths of the names are.

    Raises:
        InputError: one could not.
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
    """Return the folder of a file, or the first one above that is there already."""
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
            f"Cannot write {path}: folder {folder} does not allow it "
            f"({getattr(reason, 'strerror', None) or reason}).",
            "Choose another place with --out.",
        ) from None


def _check_names(path: Path, folder: Path) -> None:
    """Refuse names that are too long for the file system of a folder that is there.

    A file system is asked for each name, and nothing is made: some say a limit that is not theirs.
    """
    missing = path.parent.parts[len(folder.parts) :] if folder != Path() else path.parent.parts
    for name in (*missing, path.name, draft_name(path).name):
        if _is_too_long(folder / name):
            limit, length = _limit(folder), len(os.fsencode(name))
            raise InputError(
                f"Cannot write {path}: the name {name} has {length} bytes, and file names have at "
                f"most {limit} there.",
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
        f"{path} exists already, and nothing was changed.",
        "Choose another --out, or give --overwrite.",
    )
