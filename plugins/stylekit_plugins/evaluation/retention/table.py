"""The table: its columns and cells, once for the terminal, Markdown, LaTeX and HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stylekit.specs import MetricSpec
from stylekit_plugins.evaluation.retention.statistics import Interval
from stylekit_plugins.evaluation.retention.summary import Summary

BEST, SECOND = 1, 2


@dataclass(frozen=True)
class Column:
    """A column of scores.

    Attributes:
        key: name of the score.
        percent: whether it is shown in percent.
        higher_is_better: None: neither direction is.
    """

    key: str
    heading: str
    percent: bool = False
    higher_is_better: bool | None = True

    @property
    def arrow(self) -> str:
        """An arrow in the direction of better scores."""
        return {True: "↑", False: "↓", None: ""}[self.higher_is_better]

    def number(self, value: float) -> str:
        """Return a score as text."""
        return f"{100 * value:.1f}" if self.percent else f"{value:.3g}"

    def text(self, interval: Interval) -> str:
        """Return a score with its interval: `76.5 [71.2, 80.9]`."""
        mean = self.number(interval.mean)
        if interval.low is None or interval.high is None:
            return mean
        return f"{mean} [{self.number(interval.low)}, {self.number(interval.high)}]"


@dataclass(frozen=True)
class Cell:
    """The text of a score.

    Attributes:
        rank: `BEST` or `SECOND` of its column; 0: neither, or not ranked.
    """

    text: str
    rank: int = 0


@dataclass(frozen=True)
class Grid:
    """A table of cells, one row for each method."""

    columns: Sequence[Column]
    rows: Sequence[tuple[str, Sequence[Cell]]]


def columns(metrics: Mapping[str, MetricSpec]) -> list[Column]:
    """Return the columns of scores, in order.

    Args:
        metrics: the available metrics, by name.
    """
    return [
        Column("top1", "top-1 %", percent=True),
        Column("top5", "top-5 %", percent=True),
        Column("retention", "retention %", percent=True),
        Column("agreement", "agreement %", percent=True),
        *(
            Column(name, name, higher_is_better=spec.higher_is_better)
            for name, spec in metrics.items()
        ),
    ]


def grid(rows: Sequence[Summary], shown: Sequence[Column], unranked: Sequence[str]) -> Grid:
    """Return the table of all rows, with the best and second best of each column marked.

    Args:
        unranked: rows that are not ranked.
    """
    ranks = {
        column.key: _ranks(
            {
                row.method: row.scores[column.key].interval.mean
                for row in rows
                if row.method not in unranked and column.key in row.scores
            },
            column,
        )
        for column in shown
    }
    return Grid(
        [*shown, _SECONDS, _COUNT],
        [
            (row.method, [*(_cell(row, column, ranks[column.key]) for column in shown), *_end(row)])
            for row in rows
        ],
    )


_SECONDS = Column("seconds", "s/image", higher_is_better=None)
_COUNT = Column("count", "images", higher_is_better=None)


def _cell(row: Summary, column: Column, ranks: Mapping[str, int]) -> Cell:
    if column.key not in row.scores:
        return Cell("-")
    return Cell(column.text(row.scores[column.key].interval), ranks.get(row.method, 0))


def _end(row: Summary) -> list[Cell]:
    complete = row.completed == row.expected
    count = str(row.completed) if complete else f"{row.completed} of {row.expected}"
    return [Cell("-" if row.seconds is None else f"{row.seconds:.3g}"), Cell(count)]


def _ranks(means: Mapping[str, float], column: Column) -> dict[str, int]:
    """Return the rank of each row; equal scores share a rank."""
    order = sorted(set(means.values()), reverse=bool(column.higher_is_better))
    ranks = {value: number for number, value in enumerate(order[:SECOND], start=BEST)}
    if column.higher_is_better is None or len(means) < 2:
        ranks = {}
    return {row: ranks.get(mean, 0) for row, mean in means.items()}
