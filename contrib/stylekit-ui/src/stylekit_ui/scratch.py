"""The folder of what is forgotten: uploads and what is only shown; gone at the end."""

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

MOST_BYTES = 4 * 2**30
MOST_FILES = 1000


class Scratch:
    """A private temporary folder of one server, bounded in size, number and age.

    Folders that killed servers have left are removed when the next one starts.
    """

    def __init__(self) -> None:
        for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            if _is_abandoned(left):
                shutil.rmtree(left, ignore_errors=True)
        self.folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        self._lock = (self.folder / LOCK).open("w")
        _hold(self._lock.fileno())

    def has_room(self, size: int) -> bool:
        """Decide whether so many bytes fit; what has not been used for long makes way.

        A file is used when it is written, shown, or painted.
        """
        for age in (DAY, HOUR):
            kept = self._tidy(age)
            free = shutil.disk_usage(self.folder).free
            if len(kept) < MOST_FILES and sum(kept) + size <= MOST_BYTES and size <= free // 2:
                return True
        return False

    def _tidy(self, age: float) -> list[int]:
        """Remove files that are older than `age` seconds; list the sizes of the others."""
        before, kept = time.time() - age, []
        for path, facts in _files_in(self.folder):
            if facts.st_mtime >= before:
                kept.append(facts.st_size)
                continue
            with contextlib.suppress(OSError):
                path.unlink()
                # Most stand alone in a folder of their own.
                path.parent.rmdir()
        return kept

    def use(self, path: Path) -> None:
        """Note that a file is in use, which keeps it."""
        with contextlib.suppress(OSError):
            os.utime(path)

    def close(self) -> None:
        """Remove the folder."""
        self._lock.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _files_in(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for place, _, names in os.walk(folder):
        for path in (Path(place, name) for name in names if name != LOCK):
            # It may be gone since.
            with contextlib.suppress(OSError):
                yield path, path.lstat()


def _is_abandoned(folder: Path) -> bool:
    """Return whether a folder is of a server of this user's that is there no longer."""
    try:
        facts = folder.lstat()
        # A server that is just starting has no lock yet.
        if time.time() - facts.st_mtime < 60 or folder.is_symlink() or not folder.is_dir():
            return False
        if hasattr(os, "getuid") and facts.st_uid != os.getuid():
            return False
        if sys.platform == "win32":
            # What is open cannot be removed.
            (folder / LOCK).unlink(missing_ok=True)
            return True
        with (folder / LOCK).open("w") as lock:
            _hold(lock.fileno())
    except OSError:
        return False
    return True


def _hold(lock: int) -> None:
    """Take a lock that ends with the process, however that ends.

    Raises:
        OSError: another process has it.
    """
    if sys.platform != "win32":
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
