"""The output of the command line: data to stdout, errors to stderr."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO, cast

from stylekit.cli.log_lines import printable_lines
from stylekit.cli.streams import Stream
from stylekit.files.json_text import json_text
from stylekit.text import printable

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Console:
    """Prints data and errors; information and warnings are logged under `stylekit`.

    Control characters in file names and other texts are escaped on a terminal.

    Attributes:
        json: the command prints exactly one JSON object to stdout.
        quiet: the command prints no progress and no information, only warnings and errors.
        out: the stream for data: stdout as it was at the start.
    """

    json: bool = False
    quiet: bool = False
    out: TextIO | Stream = field(default_factory=lambda: sys.stdout)

    def error(self, message: str, hint: str | None = None) -> None:
        """Print an error to stderr; the lines of a hint after its first one are indented."""
        self.stopped(f"Error: {message}", hint)

    def stopped(self, message: str, hint: str | None = None) -> None:
        """Print that the user stopped the command, which is not an error; a hint as in `error`."""
        print(printable(message), file=sys.stderr)
        if hint:
            first, *more = hint.split("\n")
            print(printable(first), file=sys.stderr)
            for line in more:
                print(f"  {printable(line.strip())}", file=sys.stderr)
        sys.stderr.flush()

    def data(self, text: str) -> None:
        """Print data to stdout, unchanged unless that is a terminal."""
        if self.out.isatty():
            text = printable_lines(text)
        print(text, file=self.out, flush=True)

    def object(self, value: Any) -> None:
        """Print one JSON object to stdout."""
        self.data(json_text(value, indent=2, default=str))

    def results(self, paths: Iterable[Path], summary: dict[str, Any]) -> None:
        """Print the paths of written files, one a line, or the JSON summary of a command.

        If stdout cannot be written to, this is a warning and no error: the files are written.
        """
        if self.json:
            self.object(summary)
        else:
            for path in paths:
                self.data(printable(str(path)) if self.out.isatty() else str(path))
        if isinstance(self.out, Stream) and self.out.error is not None:
            _log.warning(f"{self.out.dropped()}; the results are written nevertheless.")
            self.out.error = None

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print a table to stdout: rich for a terminal, aligned plain text for a pipe."""
        lines = [[printable(cell) for cell in row] for row in rows]
        if self.out.isatty():
            from rich.box import SIMPLE_HEAD
            from rich.console import Console as RichConsole
            from rich.table import Table

            table = Table(box=SIMPLE_HEAD, pad_edge=False)
            for column in columns:
                # A name that is cut cannot be typed: a narrow terminal breaks it instead.
                table.add_column(column, overflow="fold")
            for line in lines:
                # Text objects: a `[tag]` in an error message is no markup.
                table.add_row(*(_plain(cell) for cell in line))
            RichConsole(file=cast(TextIO, self.out)).print(table)
            return
        lines.insert(0, list(columns))
        widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
        for line in lines:
            padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.data("  ".join(padded).rstrip())


def _plain(cell: str) -> Any:
    from rich.text import Text

    return Text(cell)
