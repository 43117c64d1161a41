"""Tables of timed runs, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stylekit.evaluation.report import Cell, Table
from stylekit_plugins.evaluation.timing.measurements import HEADINGS, verdict


def result_table(report: Mapping[str, Any]) -> Table:
    """Return a row for each variant: medians, and the range of the step times of its runs."""
    columns = ["method", *HEADINGS.values(), "steps from .. to"]
    rows: list[list[Cell]] = []
    for case in report["cases"]:
        if case["medians"] is None:
            rows.append([case["label"], *[None] * len(HEADINGS), case["error"] or "not run"])
            continue
        steps = [each["step"] for each in case["measurements"]]
        spread = f"{min(steps):.3g} .. {max(steps):.3g}" if len(steps) > 1 else ""
        rows.append([case["label"], *(case["medians"][name] for name in HEADINGS), spread])
    shown = [
        k
        for k, name in enumerate(("", *HEADINGS, ""))
        if name != "objective" or _has_objective(report)
    ]
    return Table(
        _line(report), [columns[k] for k in shown], [[row[k] for k in shown] for row in rows]
    )


def comparison_table(before: Mapping[str, Any], after: Mapping[str, Any]) -> Table:
    """Return new / old of each measurement, for each variant that both reports have."""
    earlier = {case["label"]: case for case in before["cases"]}
    rows: list[list[Cell]] = []
    for case in after["cases"]:
        old = earlier.get(case["label"])
        if old is None or not old["measurements"] or not case["measurements"]:
            rows.append([case["label"], "-", None, None, None, "not in both"])
            continue
        for name, heading in HEADINGS.items():
            ratio, word = verdict(name, old["measurements"], case["measurements"])
            if ratio is not None:
                values = (old["medians"][name], case["medians"][name])
                rows.append([case["label"], heading, *values, ratio, word])
    title = f"Old: {_line(before)}\nNew: {_line(after)}"
    return Table(title, ["method", "measurement", "old", "new", "new / old", ""], rows)


def _has_objective(report: Mapping[str, Any]) -> bool:
    return report["settings"]["objective"] is not None


def _line(report: Mapping[str, Any]) -> str:
    machine, settings = report["machine"], report["settings"]
    devices = {run["device"] for case in report["cases"] for run in case["runs"]}
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory']}; "
        f"{', '.join(sorted(devices)) or 'no device'}; torch {machine['torch']}, stylekit "
        f"{machine['stylekit']}; medians of {settings['repeat']} runs in turn; load before "
        f"{machine['load']}"
    )
