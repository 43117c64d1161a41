"""What was timed, as tables for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stylekit.evaluation.report import Cell, Table
from stylekit_plugins.evaluation.timing.figures import FIGURES, verdict


def results(found: Mapping[str, Any]) -> Table:
    """Return a row for each variant: medians, and the runs' range of the time of a step."""
    columns = ["method", *FIGURES.values(), "steps from .. to"]
    rows: list[list[Cell]] = []
    for case in found["cases"]:
        if case["medians"] is None:
            rows.append([case["label"], *[None] * len(FIGURES), case["error"] or "not run"])
            continue
        steps = [figures["step"] for figures in case["figures"]]
        spread = f"{min(steps):.3g} .. {max(steps):.3g}" if len(steps) > 1 else ""
        rows.append([case["label"], *(case["medians"][name] for name in FIGURES), spread])
    kept = [k for k, name in enumerate(("", *FIGURES, "")) if name != "objective" or _asked(found)]
    return Table(_line(found), [columns[k] for k in kept], [[row[k] for k in kept] for row in rows])


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> Table:
    """Return a row for each variant that both have, and each figure that both have: new / old."""
    earlier = {case["label"]: case for case in before["cases"]}
    rows: list[list[Cell]] = []
    for case in after["cases"]:
        old = earlier.get(case["label"])
        if old is None or not old["figures"] or not case["figures"]:
            rows.append([case["label"], "-", None, None, None, "not in both"])
            continue
        for name, heading in FIGURES.items():
            ratio, said = verdict(name, old["figures"], case["figures"])
            if ratio is not None:
                values = (old["medians"][name], case["medians"][name])
                rows.append([case["label"], heading, *values, ratio, said])
    title = f"Old: {_line(before)}\nNew: {_line(after)}"
    return Table(title, ["method", "figure", "old", "new", "new / old", ""], rows)


def _asked(found: Mapping[str, Any]) -> bool:
    return found["settings"]["objective"] is not None


def _line(found: Mapping[str, Any]) -> str:
    machine, settings = found["machine"], found["settings"]
    devices = {run["device"] for case in found["cases"] for run in case["runs"]}
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory']}; "
        f"{', '.join(sorted(devices)) or 'no device'}; torch {machine['torch']}, stylekit "
        f"{machine['stylekit']}; medians of {settings['repeat']} runs in turn; load before "
        f"{machine['load']}"
    )
