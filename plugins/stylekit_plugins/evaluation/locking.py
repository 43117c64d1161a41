"""One process at a time works in a folder."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from stylekit.atomic import check_writable
from stylekit.errors import InputError

NAME = ".stylekit.lock"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep others out of a folder while the block runs; the folder is made.

    The lock ends with its process, however that ends: nothing has to be cleaned up.

    Raises:
        InputError: another process is at work there, or the folder cannot be written to.
    """
    check_writable(folder / NAME)
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / NAME
    with lock.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            who = file.read().strip()
            raise InputError(
                f"Another run is at work in {folder}" + (f" (process {who})." if who else "."),
                "Wait for it, or choose another --out.",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)
            if new and [entry.name for entry in folder.iterdir()] == [NAME]:
                # Nothing came of it, and nothing is left of it.
                lock.unlink()
                folder.rmdir()
