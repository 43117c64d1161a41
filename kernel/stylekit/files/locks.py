"""One process at a time works on a file or in a folder."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

from stylekit.errors import InputError
from stylekit.files.atomic import check_writable
from stylekit.files.draft import cut

fcntl: ModuleType | None
msvcrt: ModuleType | None
try:
    import fcntl
except ImportError:
    fcntl = None
try:
    import msvcrt
except ImportError:
    msvcrt = None

SUFFIX = ".stylekit.lock"

_STEM_BYTES = 200
"""Bytes of a file's stem in the name of its lock: with them it fits wherever the file does."""

_BYTE = 1 << 30
"""Where Windows locks: nobody can read a byte that is locked, and the text is for all to read."""

_warned = False


class Unlockable(Exception):  # noqa: N818 - it is an outcome, not a mistake
    """This system or file system has no locks."""


def lock_file(path: Path, warn: Callable[[str], None]) -> contextlib.AbstractContextManager[None]:
    """Keep other processes off a file, and what is named after it, while the block runs.

    Args:
        warn: called with a line if there are no locks here; the block runs all the same.

    Raises:
        InputError: another process is at work on it, or its folder cannot be written to.
    """
    name = f".{cut(path.stem, _STEM_BYTES)}{SUFFIX}"
    return _locked(path.with_name(name), f"on {path}", warn)


def lock_folder(
    folder: Path, warn: Callable[[str], None]
) -> contextlib.AbstractContextManager[None]:
    """Keep other processes out of a folder, which is made; see `lock_file`."""
    return _locked(folder / SUFFIX, f"in {folder}", warn)


@contextlib.contextmanager
def _locked(lock: Path, what: str, warn: Callable[[str], None]) -> Iterator[None]:
    """Hold a lock; it ends with its process, however that ends, and its file goes with it."""
    check_writable(lock)
    made = [folder for folder in lock.parents if not folder.exists()]
    lock.parent.mkdir(parents=True, exist_ok=True)
    handle = -1
    try:
        try:
            handle = _take(lock, what)
        except (Unlockable, OSError) as error:
            with contextlib.suppress(OSError):
                lock.unlink()
            _warn_once(f"Nothing keeps two runs off {lock.parent}: {error}.", warn)
        yield
    finally:
        if handle >= 0:
            _end(handle, lock)
        for folder in made:
            # Where nothing came of it, nothing is left of it.
            with contextlib.suppress(OSError):
                folder.rmdir()


def _take(lock: Path, what: str) -> int:
    """Open and lock a file, and write there whose it is; return its handle.

    Raises:
        InputError: another process has it.
        Unlockable: there are no locks here.
        OSError: likewise.
    """
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            if not _try(handle):
                who = os.read(handle, 40).decode("ascii", "replace").strip()
                raise InputError(
                    f"Another run is at work {what}" + (f" (process {who})." if who else "."),
                    "Wait for it, or choose another --out.",
                )
            if _is_at(handle, lock):
                with contextlib.suppress(OSError):
                    # On a full disk it is held all the same.
                    os.truncate(handle, 0)
                    os.write(handle, str(os.getpid()).encode())
                return handle
        except BaseException:
            os.close(handle)
            raise
        # Its holder removed it in the instant before it was locked.
        os.close(handle)


def _try(handle: int) -> bool:
    """Lock an open file; False: another process has it.

    Raises:
        Unlockable: there are no locks on this system.
        OSError: there are none on this file system.
    """
    if fcntl is not None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
    if msvcrt is None:
        raise Unlockable("this system has no locks")
    try:
        os.lseek(handle, _BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EDEADLK):
            return False
        raise
    finally:
        os.lseek(handle, 0, os.SEEK_SET)
    return True


def _end(handle: int, lock: Path) -> None:
    """Remove a lock and its file."""
    if fcntl is None:
        # Windows removes no file that is open.
        os.close(handle)
    with contextlib.suppress(OSError):
        lock.unlink()
    if fcntl is not None:
        os.close(handle)


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _warn_once(line: str, warn: Callable[[str], None]) -> None:
    global _warned
    if not _warned:
        _warned = True
        warn(line)
