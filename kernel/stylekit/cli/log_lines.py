"""Prints log records as lines on stderr, with a mark before warnings and errors."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator

from stylekit.text import printable

_MARKS = {logging.WARNING: ("Warning:", 33), logging.ERROR: ("Error:", 31)}
"""The mark before the lines of a level, and its color on a terminal (SGR)."""


@contextlib.contextmanager
def logging_to_stderr(quiet: bool, debug: bool) -> Iterator[None]:
    """Print log records of `stylekit` to stderr while the block runs.

    Args:
        quiet: print no information, only warnings and errors.
        debug: print tracebacks, too.
    """
    logger = logging.getLogger("stylekit")
    handler = _LineHandler(quiet, debug)
    before = logger.level, logger.propagate
    logger.setLevel(logging.DEBUG if debug else logging.INFO)
    # A library that configures the root logger would print every line a second time.
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.level, logger.propagate = before
        logger.setLevel(before[0])


class _LineHandler(logging.Handler):
    """Prints a line for each record, with control characters escaped."""

    def __init__(self, quiet: bool, debug: bool) -> None:
        # The level is public: who else writes to the terminal can see the level that is set.
        super().__init__(logging.WARNING if quiet and not debug else logging.NOTSET)
        self._quiet = quiet
        self._debug = debug

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record to the current stderr, which a progress bar may have replaced."""
        try:
            if record.levelno < logging.INFO and self._debug:
                print(printable_lines(self.format(record)), file=sys.stderr, flush=True)
            elif record.levelno >= (logging.WARNING if self._quiet else logging.INFO):
                line = printable(record.getMessage())
                print(_mark(record.levelno) + line, file=sys.stderr, flush=True)
        except Exception:
            self.handleError(record)


def printable_lines(text: str) -> str:
    """Escape each line of a text; see `stylekit.text.printable`."""
    return "\n".join(map(printable, text.split("\n")))


def _mark(level: int) -> str:
    """Return the mark before the lines of a level, with its color."""
    mark = next((_MARKS[x] for x in sorted(_MARKS, reverse=True) if level >= x), None)
    if mark is None:
        return ""
    word, color = mark
    return f"\x1b[{color}m{word}\x1b[0m " if _is_colored() else f"{word} "


def _is_colored() -> bool:
    """Return whether stderr is a terminal and the user wants colors (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    # Beneath a progress bar of rich lies the stream itself.
    stream = getattr(sys.stderr, "rich_proxied_file", sys.stderr)
    return stream is not None and stream.isatty()
