"""The measurements of runs: times, memory and losses, their medians and comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

HEADINGS = {
    "step": "s/step",
    "objective": "s to objective",
    "whole": "s total",
    "startup": "s to start",
    "peak_memory_mb": "peak MiB",
    "total": "loss of the file",
}
"""The measurements of a run with their headings. For each of them, lower is better."""


def measurements_of(
    run: Mapping[str, Any], warmup: int, objective: float | None
) -> dict[str, float | None]:
    """Return the measurements of one run.

    Args:
        run: the result of `worker.timed_run`.
        warmup: first steps at the largest size that do not count.
        objective: total loss to reach.

    Returns:
        `step`: median seconds of a step at the largest size. `objective`: seconds until the total
        loss first is at most the objective, None if it never is. `whole`: seconds of the process.
        `startup`: seconds until the first step. `total`: loss of the result, rounded to 8 bits.
    """
    largest = max((s["size"] for s in run["steps"]), key=lambda size: size[0] * size[1])
    at_largest = [s["seconds"] for s in run["steps"] if s["size"] == largest]
    reached = [
        s["after"]
        for s in run["steps"]
        if objective is not None and s["total"] is not None and s["total"] <= objective
    ]
    return {
        # If there are only warm-up steps, use the last one.
        "step": median(at_largest[warmup:] or at_largest[-1:]),
        "objective": min(reached, default=None),
        "whole": run["whole"],
        "startup": run["startup"],
        "peak_memory_mb": run["peak_memory_mb"],
        "total": run["losses"].get("total"),
    }


def medians(runs: Sequence[Mapping[str, float | None]]) -> dict[str, float | None]:
    """Return the median of each measurement over runs; None if a run has no value."""
    result: dict[str, float | None] = {}
    for name in HEADINGS:
        values = [run[name] for run in runs]
        numbers = [value for value in values if value is not None]
        result[name] = median(numbers) if numbers and len(numbers) == len(values) else None
    return result


def verdict(
    name: str, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> tuple[float | None, str]:
    """Return new / old of the medians of a measurement, and whether the change exceeds noise.

    The verdict is `less` or `more` only if all runs of one side are beyond all runs of the other,
    with at least two runs each. With three runs each, chance does that once in ten times.
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
