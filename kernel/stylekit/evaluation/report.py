"""What an evaluation found: figures, tables for people, all single values, files to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stylekit.files.json_text import finite
from stylekit.images.frames import Frame

Cell = str | float | int | None


@dataclass(frozen=True)
class Table:
    """A table for people.

    Attributes:
        title: a line above it.
        columns: their headings.
        rows: as many cells each; numbers are rounded where they are shown.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, eq=False)
class Report:
    """What an evaluator has to say.

    Attributes:
        figures: headline numbers, by name.
        values: everything, as JSON holds it: every single value, what was left out, and why.
        tables: for the terminal.
        files: by name: text as it is (`table.csv`, `page.html`), pictures as PNG (`plot.png`).
    """

    figures: Mapping[str, float]
    values: Mapping[str, Any] = field(default_factory=dict)
    tables: Sequence[Table] = ()
    files: Mapping[str, str | Frame] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return figures and values as JSON can hold them: None for what is no number."""
        whole: dict[str, Any] = finite({"figures": self.figures, **self.values})
        return whole
