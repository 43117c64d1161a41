"""What the command line prints: data to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO


@dataclass(frozen=True)
class Console:
    """Where lines go.

    Attributes:
        json: stdout gets exactly one JSON object.
        quiet: no lines for people except errors.
        debug: tracebacks too.
        out: where data goes: stdout as it was at the start.
    """

    json: bool = False
    quiet: bool = False
    debug: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)

    def tell(self, line: str) -> None:
        """Print a line for people to stderr, unless they want quiet. Warnings are always shown."""
        if not self.quiet or line.startswith("Warning"):
            print(line, file=sys.stderr, flush=True)

    def trace(self, text: str) -> None:
        """Print a traceback to stderr, if it is wanted."""
        if self.debug:
            print(text, file=sys.stderr, flush=True)

    def error(self, message: str, hint: str | None = None) -> None:
        """Print an error to stderr."""
        print(f"Error: {message}", file=sys.stderr)
        if hint:
            print(hint, file=sys.stderr)
        sys.stderr.flush()

    def data(self, text: str) -> None:
        """Print data to stdout."""
        print(text, file=self.out, flush=True)

    def object(self, value: Any) -> None:
        """Print one JSON object to stdout."""
        self.data(json.dumps(value, indent=2, ensure_ascii=False, default=str))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print a table to stdout: rich for a terminal, aligned plain text for a pipe."""
        lines = list(rows)
        if self.out.isatty():
            from rich.box import SIMPLE_HEAD
            from rich.console import Console as RichConsole
            from rich.table import Table

            table = Table(*columns, box=SIMPLE_HEAD, pad_edge=False)
            for line in lines:
                # Text objects: a `[tag]` in an error message is no markup.
                table.add_row(*(_plain(cell) for cell in line))
            RichConsole(file=self.out).print(table)
            return
        widths = [max(map(len, cells)) for cells in zip(columns, *lines, strict=True)]
        for line in (columns, *lines):
            padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.data("  ".join(padded).rstrip())


def _plain(cell: str) -> Any:
    from rich.text import Text

    return Text(cell)
