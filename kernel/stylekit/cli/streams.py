"""Standard streams that drop text which cannot be written, so that no command dies of it."""

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
"""Error handler of codecs: keeps the bytes of file names, and escapes other characters."""


class Stream(io.TextIOBase):
    """A text stream that drops what cannot be written.

    A closed pipe, a full disk or a lost terminal must not cost hours of work.

    Args:
        stream: the stream to write to; None: the process has no such stream.

    Attributes:
        error: why text was dropped; None: no text was, or the reader of a pipe has enough, as in
            `stylekit list-plugins | head -1`.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.error: Exception | None = None
        self._failed = False

    def write(self, text: str, /) -> int:
        """Write a text, or drop it if that fails."""
        with self._forgiving():
            if self._stream is None:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush the stream; drop the text if that fails."""
        if self._stream is not None:
            with self._forgiving():
                self._stream.flush()

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
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
        """Return True: text that cannot be written is dropped."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the text."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    @property
    def buffer(self) -> Any:
        """The stream of bytes below, whose errors are raised."""
        return getattr(self._stream, "buffer", None)

    def dropped(self) -> str:
        """Return the reason why text was dropped, for a message."""
        return (
            f"stdout cannot be written to ({getattr(self.error, 'strerror', None) or self.error})"
        )

    def settle(self) -> None:
        """Let the flush at the end of the interpreter succeed, if writing has failed before."""
        self.flush()
        if self._failed and self._stream is not None:
            with contextlib.suppress(OSError, ValueError):
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, self._stream.fileno())
                os.close(null)
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
    """Replace stdout and stderr by streams that drop text which cannot be written; yield stdout.

    All text goes through them: prints of plugins, warnings, logging, progress bars.
    """
    _fill_descriptors()
    for stream in (sys.stdout, sys.stderr):
        # The buffer may hold text that cannot be written.
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
    """Open descriptors that the caller has closed (`>&-`).

    Otherwise the next file that is opened would get the number of stdout: a library that prints to
    descriptor 1 would print into an image.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # `open` returns the lowest free number.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _encoded(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return b"".join(_bytes_of(char) for char in text), error.end


def _bytes_of(char: str) -> bytes:
    if "\udc80" <= char <= "\udcff":
        return bytes([ord(char) - 0xDC00])
    return char.encode("ascii", "backslashreplace")


codecs.register_error(_NAMES, _encoded)
