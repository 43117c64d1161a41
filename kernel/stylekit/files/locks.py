"""Locks that let one process at a time work on a file or in a folder."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from stylekit.errors import InputError
from stylekit.files import flock
from stylekit.files.atomic import check_writable
from stylekit.files.flock import Unlockable, is_at, lock
from stylekit.text import truncate

_log = logging.getLogger(__name__)

SUFFIX = ".stylekit.lock"

_STEM_BYTES = 200
"""Bytes of a file's stem in the name of its lock, which then fits wherever the file does."""

_warned = False


def lock_file(path: Path) -> contextlib.AbstractContextManager[None]:
    """Keep other processes off a file, and what is named after it, while the block runs.

    Where there are no locks, the block runs all the same, and a warning is logged once.

    Raises:
        InputError: another process is at work on it, or its folder cannot be written to.
    """
    name = f".{truncate(path.stem, _STEM_BYTES)}{SUFFIX}"
    return _locked(path.with_name(name), f"on {path}")


def lock_folder(folder: Path) -> contextlib.AbstractContextManager[None]:
    """Keep other processes out of a folder, which is created; otherwise like `lock_file`."""
    return _locked(folder / SUFFIX, f"in {folder}")


@contextlib.contextmanager
def _locked(lock_path: Path, what: str) -> Iterator[None]:
    """Hold a lock; it ends with its process, however that ends, and its file goes with it."""
    check_writable(lock_path)
    created = [folder for folder in lock_path.parents if not folder.exists()]
    lock_path.parent.mkdir(parents=True, exist_ok=True)
    handle = -1
    try:
        try:
            handle = _take(lock_path, what)
        except (Unlockable, OSError) as error:
            with contextlib.suppress(OSError):
                lock_path.unlink()
            _warn_once(f"Nothing keeps two runs off {lock_path.parent}: {error}.")
        yield
    finally:
        if handle >= 0:
            _end(handle, lock_path)
        for folder in created:
            # Folders that stayed empty are removed.
            with contextlib.suppress(OSError):
                folder.rmdir()


def _take(lock_path: Path, what: str) -> int:
    """Open and lock a file, write the process id into it, and return its handle.

    Raises:
        InputError: another process has it.
        Unlockable: there are no locks here.
        OSError: the file cannot be opened.
    """
    while True:
        handle = os.open(lock_path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if not lock(handle):
                who = os.read(handle, 40).decode("ascii", "replace").strip()
                raise InputError(
                    f"Another run is at work {what}" + (f" (process {who})." if who else "."),
                    "Wait for it, or choose another --out.",
                )
            if is_at(handle, lock_path):
                with contextlib.suppress(OSError):
                    # On a full disk the lock holds without the process id.
                    os.truncate(handle, 0)
                    os.write(handle, str(os.getpid()).encode())
                return handle
        except BaseException:
            os.close(handle)
            raise
        # Its holder removed the file just before it was locked.
        os.close(handle)


def _end(handle: int, lock_path: Path) -> None:
    """Release a lock and remove its file."""
    if flock.fcntl is None:
        # Windows removes no open file.
        os.close(handle)
    with contextlib.suppress(OSError):
        lock_path.unlink()
    if flock.fcntl is not None:
        os.close(handle)


def _warn_once(line: str) -> None:
    global _warned
    if not _warned:
        _warned = True
        _log.warning(line)
