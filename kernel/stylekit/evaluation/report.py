"""The report of an evaluator: scores, tables for people, all single values, files to look at."""

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
        columns: the headings.
        rows: one cell for each column; numbers are rounded where they are shown.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, eq=False)
class Report:
    """The findings of an evaluator.

    Attributes:
        scores: headline numbers, by name.
        values: everything, as JSON can hold it: every single value, what was left out, and why.
        tables: for the terminal.
        files: by name: text (`table.csv`, `page.html`) or images, which become PNG (`plot.png`).
    """

    scores: Mapping[str, float]
    values: Mapping[str, Any] = field(default_factory=dict)
    tables: Sequence[Table] = ()
    files: Mapping[str, str | Frame] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return scores and values as JSON can hold them: None for NaN and infinity."""
        whole: dict[str, Any] = finite({"scores": self.scores, **self.values})
        return whole
