"""Text for a terminal of any width and for pipes: lines wrap between words, and no name is cut."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence

from stylekit.text import printable

_LEAST = 40
_PIPE = 100
"""Characters of a line where no terminal has a width."""


def line_width() -> int:
    """Return the width to wrap at: that of the terminal (or `COLUMNS`), or 100 in a pipe."""
    return max(_LEAST, shutil.get_terminal_size((_PIPE, 24)).columns)


def wrap(text: str, indent: int = 0, first: str | None = None) -> str:
    """Wrap a text between words.

    Args:
        indent: spaces before each line.
        first: what the first line begins with in place of its spaces.
    """
    margin = " " * indent
    return textwrap.fill(
        printable(text),
        line_width(),
        initial_indent=margin if first is None else first,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )


def definitions(entries: Iterable[tuple[str, str]], indent: int = 2) -> list[str]:
    """Lay out names with their meanings, one entry a line, the meanings aligned and wrapped.

    A meaning begins on a line of its own where its name leaves too little room.
    """
    pairs = [(printable(name), text) for name, text in entries]
    room = max(16, line_width() * 2 // 5)
    column = max((len(name) for name, _ in pairs if len(name) <= room), default=0) + indent + 2
    lines = []
    for name, text in pairs:
        head = " " * indent + name
        if len(head) + 2 <= column or not text:
            lines.append(wrap(text, column, head.ljust(column)).rstrip() if text else head)
        else:
            lines += [head, wrap(text, column)]
    return lines


def one_line_each(entries: Iterable[tuple[str, str]], cut: bool, indent: int = 2) -> list[str]:
    """Lay out names with their meanings, one entry a line, the meanings aligned.

    Args:
        cut: cut the meanings, but no name, at the width of the terminal.
    """
    pairs = [(printable(name), printable(text)) for name, text in entries]
    room = max(16, line_width() * 2 // 5)
    column = max((len(name) for name, _ in pairs if len(name) <= room), default=0) + indent + 2
    lines = []
    for name, text in pairs:
        head = " " * indent + name
        if len(head) + 2 > column:
            lines.append(head)
            head = ""
        left = line_width() - column
        if cut and len(text) > left:
            text = textwrap.shorten(text, left, placeholder=" ...") or text[:left]
        lines.append(f"{head.ljust(column)}{text}".rstrip())
    return lines


def align(rows: Iterable[Sequence[str]]) -> list[str]:
    """Lay out rows in aligned columns; the longest cell of a column decides its width."""
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
