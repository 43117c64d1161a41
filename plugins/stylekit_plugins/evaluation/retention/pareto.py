"""Which methods no other one beats in both: what is retained, and nearness to the style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stylekit.evaluation.experiment import Variant
from stylekit_plugins.evaluation.retention.statistics import Interval
from stylekit_plugins.evaluation.retention.summary import Summary


@dataclass(frozen=True)
class Point:
    """A method on the plane of style and content.

    Attributes:
        distance: from the style; lower is better.
        retention: higher is better.
        ranked: it takes part; a reference does not.
        on_front: no ranked point is at least as good in both and better in one.
    """

    label: str
    distance: Interval
    retention: Interval
    ranked: bool
    on_front: bool = False
    base: str = ""
    swept: Mapping[str, Any] = field(default_factory=dict)


def points(
    rows: Sequence[tuple[Variant, Summary]], measure: str, references: Sequence[str]
) -> list[Point]:
    """Return the methods of which both figures are known, those on the front marked."""
    found = [
        (variant, summary.scores["retention"].interval, summary.scores[measure].interval)
        for variant, summary in rows
        if {"retention", measure} <= summary.scores.keys()
    ]
    ranked = {
        variant.label: (distance.mean, retention.mean)
        for variant, retention, distance in found
        if variant.label not in references
    }
    best = front(ranked)
    return [
        Point(
            variant.label,
            distance,
            retention,
            variant.label in ranked,
            variant.label in best,
            variant.base,
            variant.swept,
        )
        for variant, retention, distance in found
    ]


def front(figures: Mapping[str, tuple[float, float]]) -> set[str]:
    """Return the labels of those that are not beaten, by (distance, retention)."""
    return {
        label
        for label, (distance, retention) in figures.items()
        if not any(
            d <= distance and r >= retention and (d < distance or r > retention)
            for d, r in figures.values()
        )
    }


def curves(found: Sequence[Point]) -> list[list[Point]]:
    """Return the points of each method that a sweep of one number goes through, in its order."""
    by_base: dict[tuple[str, str], list[Point]] = {}
    for point in found:
        if len(point.swept) == 1:
            ((key, value),) = point.swept.items()
            if isinstance(value, int | float):
                by_base.setdefault((point.base, key), []).append(point)
    return [
        sorted(line, key=lambda point: next(iter(point.swept.values())))
        for line in by_base.values()
        if len(line) > 1
    ]
