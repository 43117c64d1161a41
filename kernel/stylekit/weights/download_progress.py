"""Progress of a download: a bar on a terminal, lines in a log."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from stylekit.machine.log_level import shows_information
from stylekit.text import clock_text

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

_log = logging.getLogger(__name__)

LINE_SECONDS = 5.0
"""Time between two lines of a log."""

FIRST_LINE_SECONDS = 2.0
"""A download that takes less time than that logs no line."""


class Progress(Protocol):
    """Shows how much of a file has arrived."""

    def show(self, done: int, total: int) -> None:
        """Show bytes; `total` is 0 if the server does not announce it."""


@contextlib.contextmanager
def progress(name: str) -> Iterator[Progress]:
    """Show the progress of a file on a terminal whose last line is free, else log it."""
    if not _terminal_is_free():
        yield Lines()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as RichProgress

    columns = (
        TextColumn("  {task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with RichProgress(*columns, console=console, redirect_stdout=False, transient=True) as bars:
        yield _Bar(bars, name)


def _terminal_is_free() -> bool:
    """Return whether stderr is a terminal on which nobody else redraws lines."""
    if sys.stderr is None or not sys.stderr.isatty() or not shows_information():
        return False
    from rich.file_proxy import FileProxy

    # A live display of rich replaces stderr, and two of them spoil each other's lines.
    return not isinstance(sys.stderr, FileProxy)


class Lines:
    """Logs the size, the speed and the time left, every few seconds."""

    def __init__(self) -> None:
        self._next = time.monotonic() + FIRST_LINE_SECONDS
        self._began: tuple[float, int] | None = None

    def show(self, done: int, total: int) -> None:
        """Log a line if it is time."""
        now = time.monotonic()
        if self._began is None:
            self._began = now, done
        if now < self._next or not done:
            return
        self._next = now + LINE_SECONDS
        since, before = self._began
        speed = max(0, done - before) / max(now - since, 1e-9)
        parts = [f"{done / 1e6:.1f} of {total / 1e6:.1f} MB" if total else f"{done / 1e6:.1f} MB"]
        if speed > 0:
            parts.append(f"{speed / 1e6:.1f} MB/s")
            if total:
                parts.append(f"{clock_text((total - done) / speed)} left")
        _log.info(f"  {', '.join(parts)}")


class _Bar:
    def __init__(self, bars: RichProgress, name: str) -> None:
        self._bars = bars
        self._task = bars.add_task(name, total=None)

    def show(self, done: int, total: int) -> None:
        self._bars.update(self._task, completed=done, total=total or None)
