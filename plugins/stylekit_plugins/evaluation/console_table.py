"""Tables on the console."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylekit.cli.console import Console

if TYPE_CHECKING:
    from stylekit.evaluation.report import Cell, Table


def print_table(table: Table, console: Console) -> None:
    """Print a table under its title, its numbers rounded."""
    console.data(table.title)
    console.table(table.columns, ([_text(cell) for cell in row] for row in table.rows))
    console.data("")


def _text(cell: Cell) -> str:
    if cell is None:
        return "-"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)
