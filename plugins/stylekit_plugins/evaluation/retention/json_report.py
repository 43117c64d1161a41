"""Everything as JSON holds it, the same for the same seed: no times, no dates, no commands."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from stylekit_plugins.evaluation.retention.footnotes import weights
from stylekit_plugins.evaluation.retention.html_report import PerClass
from stylekit_plugins.evaluation.retention.pareto import Point
from stylekit_plugins.evaluation.retention.results import Findings
from stylekit_plugins.evaluation.retention.statistics import Interval
from stylekit_plugins.evaluation.retention.summary import Score, Summary

SCHEMA = 1


def values(
    found: Findings,
    clean: Summary,
    rows: Sequence[Summary],
    differences: Mapping[str, Mapping[str, Score]],
    per_class: PerClass,
    plane: Sequence[Point],
    every: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return the whole of it.

    Args:
        every: a row for each picture, method and style; see `long_rows`.
    """
    context = found.context
    return {
        "schema": SCHEMA,
        "settings": {
            "params": found.params.model_dump(mode="json"),
            "seed": context.seed,
            "methods": {
                results.variant.label: context.settings(results.variant)
                for results in found.results
            },
            "digest": context.digest(),
        },
        "classifier": found.classifier,
        "measures": {
            name: {"unit": spec.unit, "higher_is_better": spec.higher_is_better}
            for name, spec in found.specs.items()
        },
        "styles": list(found.style_names().values()),
        "counts": {"pictures": len(found.clean), "styles": len(found.styles)},
        "left_out": {
            "unreadable": found.unreadable,
            "unreadable_styles": found.unreadable_styles,
            "unknown_labels": {
                label: {"pictures": count, "reason": reason}
                for label, (count, reason) in found.dataset.unknown.items()
            },
            "unlabeled": found.dataset.unlabeled,
        },
        "unavailable": found.unavailable,
        "clean": _row(clean),
        "methods": {row.method: _row(row) for row in rows},
        "baseline": found.baseline.variant.label,
        "differences": {
            method: {name: _score(score) for name, score in scores.items()}
            for method, scores in differences.items()
        },
        "front": [point.label for point in plane if point.on_front],
        "classes": [
            {
                **dataclasses.asdict(label),
                "right": {
                    row: {"right": right, "of": count, **_interval(interval)}
                    for row, (right, count, interval) in counted.items()
                },
            }
            for label, counted in per_class.items()
        ],
        "failures": _failures(found),
        "weights": weights(found),
        "versions": context.versions,
        "device": context.describe_device(),
        "values": list(every),
    }


def long_rows(found: Findings) -> list[dict[str, Any]]:
    """Return a row for each picture as it is, and for each that a method made in a style."""
    names, classes = found.style_names(), found.classes
    rows: list[dict[str, Any]] = []

    def row(method: str, style: str, example: Any, judged: Any, agrees: bool) -> dict[str, Any]:
        return {
            "method": method,
            "style": style,
            "picture": example.name,
            "class": example.label.name,
            "wnid": example.label.key,
            "predicted": classes[judged.predicted].name,
            "predicted_index": judged.predicted,
            "top1": judged.top1,
            "top5": judged.top5,
            "agreement": agrees,
            "probability": judged.probability,
        }

    nothing = {name: None for name, spec in found.specs.items() if spec.scope == "pair"}
    for example, judged in found.clean.items():
        rows.append({**row("clean", "", example, judged, True), **nothing})
    for results in found.results:
        for each in results.outcomes:
            cells = row(each.method, names[each.style], each.example, each.judged, each.agrees)
            rows.append({**cells, **each.measures})
    return rows


def _failures(found: Findings) -> list[dict[str, str]]:
    names = found.style_names()
    return [
        {
            "method": results.variant.label,
            "style": names[style],
            "picture": example.name,
            "reason": reason,
        }
        for results in found.results
        for style, example, reason in results.failures
    ]


def _row(summary: Summary) -> dict[str, Any]:
    return {
        "made": summary.made,
        "wanted": summary.wanted,
        **{name: _score(score) for name, score in summary.scores.items()},
    }


def _score(score: Score) -> dict[str, Any]:
    return {**_interval(score.interval), "count": score.count, "by_style": dict(score.by_style)}


def _interval(interval: Interval) -> dict[str, Any]:
    return dataclasses.asdict(interval)
