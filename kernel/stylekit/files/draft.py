"""Drafts: files that are written beside their target, and renamed to it when complete."""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from stylekit.errors import InputError
from stylekit.files import flock
from stylekit.files.flock import is_at, try_lock
from stylekit.text import truncate

_STEM_BYTES = 60
"""Bytes of the target's stem in the name of a draft, which then fits wherever the target does."""

_LEFT_OVER = 8
"""Number of drafts of killed processes that are looked for."""


class Taken(Exception):  # noqa: N818 - it is an outcome, not a mistake
    """A name belongs to a file or folder that may not be replaced."""


class Draft:
    """A new file beside its target, with its suffix; removed at the end unless it was placed.

    Drafts of the same target that killed processes have left are removed, too; a live one is
    locked.

    Args:
        target: the final path; missing folders are created.
        like: the file whose permissions the draft gets if the target does not exist.

    Raises:
        InputError: in its block, for every OSError, and for errors that name the draft.
    """

    path: Path

    def __init__(self, target: Path, like: Path | None = None) -> None:
        self._target = target
        self._like = like
        self._handle = -1
        self._placed = False

    def __enter__(self) -> Draft:
        try:
            self._target.parent.mkdir(parents=True, exist_ok=True)
            remove_leftovers(self._target)
            self._open()
        except OSError as error:
            raise self._as_input_error(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._placed:
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)
        self._close()
        if isinstance(error, InputError):
            # The writer knows only the name of the draft.
            error.message = error.message.replace(str(self.path), str(self._target))
        elif isinstance(error, OSError):
            raise self._as_input_error(error) from error

    def place(self, path: Path, replace: bool) -> None:
        """Rename the finished file to `path`, and flush it to the disk.

        Raises:
            Taken: `path` may not be replaced, or is a folder.
            OSError: it cannot be written.
        """
        with self.path.open("rb+") as written:
            os.fsync(written.fileno())
        if replace and path.is_dir():
            raise Taken(path)
        _resemble(self.path, _regular(path) or self._model())
        if flock.fcntl is None:
            # Windows renames no open file; elsewhere the lock holds until the file is renamed.
            self._close()
        if replace:
            self.path.replace(path)
        else:
            _claim(self.path, path)
        self._placed = True
        sync_folder(path.parent)

    def place_through(self, path: Path, replace: bool) -> None:
        """Rename the file like `place`; if `path` is a link, replace the file that it leads to."""
        self.place(followed(path) if replace else path, replace)

    def _open(self) -> None:
        before = _regular(self._target) or self._model()
        # As private as the file that it replaces, from the beginning; else the default mode.
        mode = 0o666 if before is None else stat.S_IMODE(before.st_mode) & 0o666 | 0o600
        for name in _names(self._target):
            self.path = name
            with contextlib.suppress(FileExistsError):
                self._handle = os.open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode)
                if try_lock(self._handle) is not False and is_at(self._handle, name):
                    return
                # Another process took it for a leftover just before it was locked.
                self._close()

    def _model(self) -> os.stat_result | None:
        return None if self._like is None else _regular(self._like)

    def _close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _as_input_error(self, error: OSError) -> InputError:
        return InputError(f"Cannot write {self._target}: {error.strerror or error}.")


def remove_leftovers(target: Path) -> None:
    """Remove the drafts of a target that killed processes have left."""
    for path in itertools.islice(_names(target), _LEFT_OVER):
        with contextlib.suppress(OSError):
            _remove_if_left(path)


def draft_name(target: Path) -> Path:
    """Return the path of the first draft of a target."""
    return next(_names(target))


def followed(path: Path) -> Path:
    """Return the target of a link, whether it exists or not; return any other path unchanged."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, where the system can open a folder."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _names(target: Path) -> Iterator[Path]:
    # Nothing else has such a name, so leftovers can be removed.
    stem = truncate(target.stem, _STEM_BYTES)
    for number in itertools.count(1):
        yield target.with_name(f".{stem}.stylekit-draft-{number}{target.suffix}")


def _claim(draft: Path, path: Path) -> None:
    """Rename a file without replacing another one."""
    try:
        try:
            os.link(draft, path)
        except FileExistsError:
            raise
        except OSError:
            # A file system without hard links: an empty file reserves the name, and is replaced.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            try:
                draft.replace(path)
            except OSError:
                path.unlink()
                raise
        else:
            draft.unlink()
    except FileExistsError:
        raise Taken(path) from None


def _resemble(path: Path, before: os.stat_result | None) -> None:
    """Give a file the owner and permissions of another one, as far as the system allows."""
    if before is None:
        return
    with contextlib.suppress(OSError):
        if hasattr(os, "chown"):
            os.chown(path, before.st_uid, before.st_gid)
    with contextlib.suppress(OSError):
        path.chmod(stat.S_IMODE(before.st_mode) & 0o777)


def _regular(path: Path) -> os.stat_result | None:
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _remove_if_left(path: Path) -> None:
    if flock.fcntl is None:
        path.unlink(missing_ok=True)
        return
    handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if try_lock(handle) and is_at(handle, path):
            path.unlink()
    finally:
        os.close(handle)
