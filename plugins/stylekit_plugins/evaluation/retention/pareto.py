"""The Pareto front of the methods: retention against distance from the style."""

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
        ranked: whether it can be on the front; references cannot.
        on_front: whether no ranked point is at least as good in both and better in one.
    """

    label: str
    distance: Interval
    retention: Interval
    ranked: bool
    on_front: bool = False
    base: str = ""
    swept: Mapping[str, Any] = field(default_factory=dict)


def pareto_points(
    rows: Sequence[tuple[Variant, Summary]], metric: str, references: Sequence[str]
) -> list[Point]:
    """Return the methods with both scores, and mark those on the front."""
    scored = [
        (variant, summary.scores["retention"].interval, summary.scores[metric].interval)
        for variant, summary in rows
        if {"retention", metric} <= summary.scores.keys()
    ]
    ranked = {
        variant.label: (distance.mean, retention.mean)
        for variant, retention, distance in scored
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
        for variant, retention, distance in scored
    ]


def front(scores: Mapping[str, tuple[float, float]]) -> set[str]:
    """Return the labels on the Pareto front of (distance, retention)."""
    return {
        label
        for label, (distance, retention) in scores.items()
        if not any(
            d <= distance and r >= retention and (d < distance or r > retention)
            for d, r in scores.values()
        )
    }


def curves(points: Sequence[Point]) -> list[list[Point]]:
    """Return the points of each sweep of one number, in the order of its values."""
    by_base: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        if len(point.swept) == 1:
            ((key, value),) = point.swept.items()
            if isinstance(value, int | float):
                by_base.setdefault((point.base, key), []).append(point)
    return [
        sorted(line, key=lambda point: next(iter(point.swept.values())))
        for line in by_base.values()
        if len(line) > 1
    ]
