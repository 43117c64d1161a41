"""The temporary folder of a server, for uploads and previews; it is removed at the end."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX = "stylekit-ui-"
LOCK = ".in-use"

HOUR, DAY = 3600.0, 86400.0

MAX_BYTES = 4 * 2**30
MAX_FILES = 1000


class Scratch:
    """A private temporary folder, limited in size and in the number and age of its files.

    It also removes the folders of servers that were killed.
    """

    def __init__(self) -> None:
        for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            if _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        self._lock = (self.folder / LOCK).open("w")
        _acquire(self._lock.fileno())

    def has_room(self, size: int) -> bool:
        """Remove old files if necessary, and return whether `size` more bytes fit.

        A file's age counts from the last time it was written, shown or used in a run.
        """
        for age in (DAY, HOUR):
            sizes = self._remove_older_than(age)
            free = shutil.disk_usage(self.folder).free
            if len(sizes) < MAX_FILES and sum(sizes) + size <= MAX_BYTES and size <= free // 2:
                return True
        return False

    def _remove_older_than(self, age: float) -> list[int]:
        """Remove files that are older than `age` seconds; return the sizes of the others."""
        oldest, sizes = time.time() - age, []
        for path, status in _files_in(self.folder):
            if status.st_mtime >= oldest:
                sizes.append(status.st_size)
                continue
            with contextlib.suppress(OSError):
                path.unlink()
                # Most files have a folder to themselves.
                path.parent.rmdir()
        return sizes

    def touch(self, path: Path) -> None:
        """Record that a file is in use, which protects it from removal."""
        with contextlib.suppress(OSError):
            os.utime(path)

    def close(self) -> None:
        """Remove the folder."""
        self._lock.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _files_in(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for folder, _, names in os.walk(root):
        for path in (Path(folder, name) for name in names if name != LOCK):
            # Another thread may have removed it.
            with contextlib.suppress(OSError):
                yield path, path.lstat()


def _is_abandoned(folder: Path) -> bool:
    """Return whether a folder belongs to a server of the same user that has ended."""
    try:
        status = folder.lstat()
        # A server that is starting has no lock yet.
        if time.time() - status.st_mtime < 60 or folder.is_symlink() or not folder.is_dir():
            return False
        if hasattr(os, "getuid") and status.st_uid != os.getuid():
            return False
        if sys.platform == "win32":
            # Windows refuses to remove an open file.
            (folder / LOCK).unlink(missing_ok=True)
            return True
        with (folder / LOCK).open("w") as lock:
            _acquire(lock.fileno())
    except OSError:
        return False
    return True


def _acquire(lock: int) -> None:
    """Lock a file until the process ends, in any way.

    Raises:
        OSError: another process holds the lock.
    """
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
