"""Watches this process while data is read: what data may make it do is to read, and nothing else.

Python tells its audit hooks of everything that touches the system (PEP 578).
"""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from stylekit.weights.cache import cache_dir

FORBIDDEN = (
    *("os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"),
    *("subprocess.Popen", "os.startfile", "pty.spawn"),
    *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"),
)
CHANGES = {
    **dict.fromkeys(("os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown"), (0,)),
    **dict.fromkeys(("os.truncate", "os.utime", "os.setxattr", "os.removexattr"), (0,)),
    **dict.fromkeys(("os.link", "os.symlink"), (1,)),
    "os.rename": (0, 1),
}
"""Events, with the arguments that are the paths of what is changed."""
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_folder = ""
_seen: list[str] = []


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if not _folder:
        return
    if event in FORBIDDEN:
        _seen.append(f"{event}{arguments!r}"[:300])
    elif event == "open":
        path, _, flags = arguments
        if (
            isinstance(flags, int)
            and flags & WRITES
            and not (
                # A file without a name is opened by the name of its folder.
                _is_inside(path) or _is_folder(path)
            )
        ):
            _seen.append(f"open for writing: {path!r}")
    elif event in CHANGES:
        for path in (arguments[index] for index in CHANGES[event]):
            # The folder itself may be made once more, and no more than that.
            if not _is_inside(path) and not (event == "os.mkdir" and _is_folder(path)):
                _seen.append(f"{event}: {path!r}")


def _is_folder(path: object) -> bool:
    return isinstance(path, str | os.PathLike) and os.path.realpath(path) == _folder


def _is_inside(path: object) -> bool:
    if not isinstance(path, str | bytes | os.PathLike):
        # A number: whatever it stands for was opened before.
        return True
    whole = os.path.realpath(os.fsdecode(path))
    # Every run may keep its speed in the cache: only stylekit names those files.
    speeds = os.path.realpath(cache_dir().parent / "speeds")
    return whole in (os.devnull, speeds) or whole.startswith((_folder + os.sep, speeds + os.sep))


@contextlib.contextmanager
def only_reading(folder: Path) -> Iterator[None]:
    """Fail if what is done meanwhile starts a process, connects, or writes outside of `folder`.

    The cache of speeds is exempt: every run adds to it, whatever its data.

    Raises:
        AssertionError: it did; whatever else was raised hangs on it.
    """
    global _folder
    _seen.clear()
    elsewhere, tempfile.tempdir = tempfile.tempdir, str(folder)
    _folder = os.path.realpath(folder)
    try:
        yield
    finally:
        _folder, tempfile.tempdir = "", elsewhere
        assert not _seen, f"data made the process do more than read: {_seen}"


# Asked for records, by a process, once.
platform.processor()
sys.addaudithook(_watch)
