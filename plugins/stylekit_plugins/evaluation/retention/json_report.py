"""All findings as JSON; the same for the same seed, as it holds no times and no commands."""

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
    findings: Findings,
    clean: Summary,
    rows: Sequence[Summary],
    differences: Mapping[str, Mapping[str, Score]],
    per_class: PerClass,
    points: Sequence[Point],
    value_rows: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Return all findings.

    Args:
        value_rows: a row for each image, method and style; see `long_rows`.
    """
    context = findings.context
    return {
        "schema": SCHEMA,
        "settings": {
            "params": findings.params.model_dump(mode="json"),
            "seed": context.seed,
            "methods": {
                results.variant.label: context.settings(results.variant)
                for results in findings.results
            },
            "digest": context.digest(),
        },
        "classifier": findings.classifier,
        "metrics": {
            name: {"unit": spec.unit, "higher_is_better": spec.higher_is_better}
            for name, spec in findings.metrics.items()
        },
        "styles": list(findings.style_names().values()),
        "counts": {"images": len(findings.clean), "styles": len(findings.styles)},
        "left_out": {
            "unreadable": findings.unreadable,
            "unreadable_styles": findings.unreadable_styles,
            "unknown_labels": {
                label: {"images": count, "reason": reason}
                for label, (count, reason) in findings.dataset.unknown.items()
            },
            "unlabeled": findings.dataset.unlabeled,
        },
        "unavailable": findings.unavailable,
        "clean": _row(clean),
        "methods": {row.method: _row(row) for row in rows},
        "baseline": findings.baseline.variant.label,
        "differences": {
            method: {name: _score(score) for name, score in scores.items()}
            for method, scores in differences.items()
        },
        "front": [point.label for point in points if point.on_front],
        "classes": [
            {
                **dataclasses.asdict(label),
                "correct": {
                    row: {"correct": right, "of": count, **_interval(interval)}
                    for row, (right, count, interval) in counted.items()
                },
            }
            for label, counted in per_class.items()
        ],
        "failures": _failures(findings),
        "weights": weights(findings),
        "versions": context.versions,
        "device": context.describe_device(),
        "values": list(value_rows),
    }


def long_rows(findings: Findings) -> list[dict[str, Any]]:
    """Return a row for each original image, and for each result of a method in a style."""
    names, classes = findings.style_names(), findings.classes
    rows: list[dict[str, Any]] = []

    def row(method: str, style: str, example: Any, prediction: Any, agrees: bool) -> dict[str, Any]:
        return {
            "method": method,
            "style": style,
            "image": example.name,
            "class": example.label.name,
            "class_key": example.label.key,
            "predicted": classes[prediction.predicted].name,
            "predicted_index": prediction.predicted,
            "top1": prediction.top1,
            "top5": prediction.top5,
            "agreement": agrees,
            "probability": prediction.probability,
        }

    no_scores = {name: None for name, spec in findings.metrics.items() if spec.scope == "pair"}
    for example, prediction in findings.clean.items():
        rows.append({**row("clean", "", example, prediction, True), **no_scores})
    for results in findings.results:
        for each in results.scored_images:
            cells = row(each.method, names[each.style], each.example, each.prediction, each.agrees)
            rows.append({**cells, **each.scores})
    return rows


def _failures(findings: Findings) -> list[dict[str, str]]:
    names = findings.style_names()
    return [
        {
            "method": results.variant.label,
            "style": names[style],
            "image": example.name,
            "reason": reason,
        }
        for results in findings.results
        for style, example, reason in results.failures
    ]


def _row(summary: Summary) -> dict[str, Any]:
    return {
        "completed": summary.completed,
        "expected": summary.expected,
        **{name: _score(score) for name, score in summary.scores.items()},
    }


def _score(score: Score) -> dict[str, Any]:
    return {**_interval(score.interval), "count": score.count, "by_style": dict(score.by_style)}


def _interval(interval: Interval) -> dict[str, Any]:
    return dataclasses.asdict(interval)
