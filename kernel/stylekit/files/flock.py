"""Locks of open files, which end with the process that holds them."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import ModuleType

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

_BYTE = 1 << 30
"""Where Windows locks: nobody can read a locked byte, and the text must stay readable."""


class Unlockable(Exception):  # noqa: N818 - it is an outcome, not a mistake
    """This system or file system has no locks."""


def lock(handle: int) -> bool:
    """Lock an open file; False: another process has it.

    Raises:
        Unlockable: there are no locks on this system or file system.
    """
    if fcntl is not None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise Unlockable(str(error)) from error
        return True
    if msvcrt is None:
        raise Unlockable("this system has no locks")
    try:
        os.lseek(handle, _BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EDEADLK):
            return False
        raise Unlockable(str(error)) from error
    finally:
        os.lseek(handle, 0, os.SEEK_SET)
    return True


def try_lock(handle: int) -> bool | None:
    """Lock a temporary file; False: another process has it; None: it needs or gets no lock.

    Windows needs none: there a file that is open cannot be removed.
    """
    if fcntl is None:
        return None
    try:
        return lock(handle)
    except Unlockable:
        return None


def is_at(handle: int, path: Path) -> bool:
    """Return whether an open file is still the one at `path`."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False
