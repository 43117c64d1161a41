"""From the steps of several runs to figures: medians, and how far the runs are apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

FIGURES = {
    "step": "s a step",
    "objective": "s to the objective",
    "whole": "s in all",
    "startup": "s to start",
    "peak_memory_mb": "peak MiB",
    "total": "loss of the file",
}
"""Figures of a run, with their headings; of each, less is better."""


def figures_of(
    run: Mapping[str, Any], warmup: int, objective: float | None
) -> dict[str, float | None]:
    """Return the figures of one run.

    Args:
        run: what `worker.watched` returns.
        warmup: first steps at each size that do not count.
        objective: total loss to be reached.

    Returns:
        `step`: median seconds of a step at the largest size; `objective`: seconds from the first
        step to the first total that is no higher, None if there is none; `whole`: of the process;
        `startup`: up to the first step; `total`: the loss of the result, rounded to 8 bits.
    """
    largest = max((s["size"] for s in run["steps"]), key=lambda size: size[0] * size[1])
    at_largest = [s["seconds"] for s in run["steps"] if s["size"] == largest]
    reached = [
        s["after"]
        for s in run["steps"]
        if objective is not None and s["total"] is not None and s["total"] <= objective
    ]
    return {
        # With as few steps as that, a first one is better than none.
        "step": median(at_largest[warmup:] or at_largest[-1:]),
        "objective": min(reached, default=None),
        "whole": run["whole"],
        "startup": run["startup"],
        "peak_memory_mb": run["peak_memory_mb"],
        "total": run["losses"].get("total"),
    }


def medians(runs: Sequence[Mapping[str, float | None]]) -> dict[str, float | None]:
    """Return the median of each figure over runs; None where one of them has none."""
    found: dict[str, float | None] = {}
    for name in FIGURES:
        values = [run[name] for run in runs]
        numbers = [value for value in values if value is not None]
        found[name] = median(numbers) if numbers and len(numbers) == len(values) else None
    return found


def verdict(
    name: str, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> tuple[float | None, str]:
    """Return new / old of the medians of a figure, and whether that is more than noise.

    `less` or `more` is said only where all runs of one side are beyond all of the other, and each
    side has two at least: with three a side that happens by chance once in ten times.
    """
    old = [run[name] for run in before if run[name] is not None]
    new = [run[name] for run in after if run[name] is not None]
    if not old or not new or median(old) == 0:
        return None, ""
    ratio = median(new) / median(old)
    if min(len(old), len(new)) >= 2 and max(new) < min(old):
        return ratio, "less"
    if min(len(old), len(new)) >= 2 and min(new) > max(old):
        return ratio, "more"
    return ratio, "same within noise"
