"""The standard streams of a command: one that takes no more text ends nothing."""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

_NAMES = "stylekit.names"
"""Error handler of codecs: bytes of file names as they are, other characters escaped."""


class Stream(io.TextIOBase):
    """A text stream that drops what cannot be written.

    A closed pipe, a full disk or a terminal that is gone is no reason to lose hours of work.

    Args:
        stream: where the text goes; None: the process has no such stream.

    Attributes:
        error: why text was dropped; None: none was, or the reader of a pipe has gone, as in
            `stylekit list-plugins | head -1`, and has all that it wanted.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.error: Exception | None = None
        self._failed = False

    def write(self, text: str, /) -> int:
        """Write a text, or drop it."""
        with self._forgiving():
            if self._stream is None:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Send what was written on its way, or drop it."""
        if self._stream is not None:
            with self._forgiving():
                self._stream.flush()

    def isatty(self) -> bool:
        """Return whether a person is looking."""
        with contextlib.suppress(OSError, ValueError):
            return self._stream is not None and self._stream.isatty()
        return False

    def fileno(self) -> int:
        """Return the descriptor.

        Raises:
            OSError: there is none.
        """
        if self._stream is None:
            raise io.UnsupportedOperation("fileno")
        return self._stream.fileno()

    def writable(self) -> bool:
        """Say yes: what cannot be written is dropped."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the text."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    @property
    def buffer(self) -> Any:
        """The stream of bytes below; it drops nothing."""
        return getattr(self._stream, "buffer", None)

    def dropped(self) -> str:
        """Say for people that text was dropped, and why."""
        return f"stdout takes no more ({getattr(self.error, 'strerror', None) or self.error})"

    def settle(self) -> None:
        """Keep the interpreter, which flushes the stream at its end, from failing there."""
        self.flush()
        if self._failed and self._stream is not None:
            with contextlib.suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)
                self._stream.flush()

    @contextlib.contextmanager
    def _forgiving(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, RuntimeError) as error:
            # ValueError: it is closed. RuntimeError: a signal came in the middle of a write.
            self._failed = True
            if not isinstance(error, BrokenPipeError):
                self.error = error


@contextlib.contextmanager
def standard_streams() -> Iterator[Stream]:
    """Put streams that drop what they cannot write in the places of stdout and stderr; give stdout.

    Everybody's text goes through them: a plugin's prints, warnings, logging, progress bars.
    """
    _fill_descriptors()
    for stream in (sys.stdout, sys.stderr):
        # Text that is still in it may find no place.
        with contextlib.suppress(OSError, ValueError):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors=_NAMES)
    out, err = Stream(sys.stdout), Stream(sys.stderr)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            yield out
        finally:
            out.settle()
            err.settle()


def _fill_descriptors() -> None:
    """Open what the caller has closed (`>&-`): else the next file would get its number, and text.

    A library that prints to descriptor 1 would print into an image.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The lowest number that is free is taken.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _encoded(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return b"".join(_bytes_of(char) for char in wrong), error.end


def _bytes_of(char: str) -> bytes:
    if "\udc80" <= char <= "\udcff":
        return bytes([ord(char) - 0xDC00])
    return char.encode("ascii", "backslashreplace")


codecs.register_error(_NAMES, _encoded)
