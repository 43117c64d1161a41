"""What the workers of a run are told, so that they make what this process would make."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from stylekit.errors import UsageError
from stylekit.files.paths import exists
from stylekit.inputs.syntax import parse_region, path_in
from stylekit.runs.executor import RunRequest, Task
from stylekit.runs.plan import Plan
from stylekit.weights.manager import WeightsManager
from stylekit.weights.selection import AUTO, requested_weights, weights_in
from stylekit_ray.messages import Job

_HOW = ("overwrite", "resume", "checkpoint_seconds", "keep_frames")
"""Keys that no record has, because they change nothing of the result."""


def brief(
    order: RunRequest, tasks: Sequence[Task], executor: str, threads: int, snapshots: bool
) -> Job:
    """Return what every worker is told.

    Raises:
        UsageError: a component exists in this process alone.
        WeightsError: a network's weights are not to be had.
    """
    plan = order.plan
    for part in plan.components:
        if part.component.plugin.origin == "in-process":
            raise UsageError(
                f"{part.component.id} is of a plugin object in this process, and Ray's workers "
                "find only what is installed.",
                "Install it as a package with an entry point.",
            )
    # Chosen here, so that no two workers choose otherwise or fetch the same.
    weights = _weights(order)
    settings = plan.resolved() | {key: getattr(plan.config, key) for key in _HOW}
    # A worker gets its sources one by one, and a folder's names are many.
    settings |= {"content": [], "style": [], "each_style": False, "executor": executor}
    settings["weights"] = weights or [AUTO]
    records = plan.catalogue.records
    return Job(
        settings=settings,
        components=[part.component.describe_version() for part in plan.components],
        allowed=[
            f"{x.dist}:{x.name}"
            for x in records
            if x.origin == "installed" and x.status == "active"
        ],
        blocked=[x.name for x in records if x.origin == "built-in" and x.status == "blocked"],
        folder=str(Path.cwd()),
        needed=[*_files(plan, tasks[0]), *_given_weights(weights)],
        threads=threads,
        log_level=logging.getLogger("stylekit").getEffectiveLevel(),
        snapshots=snapshots,
    )


def _weights(order: RunRequest) -> list[str]:
    """Choose the weights of each network, fetched if they must be, as a record would name them."""
    plan, config = order.plan, order.plan.config
    manager = WeightsManager(plan.catalogue, config.tables, config.offline)
    wanted = requested_weights(config.weights, plan.networks, plan.catalogue)
    chosen = []
    for network in plan.networks:
        choice = manager.select(network, wanted.get(network, AUTO))
        chosen.append(f"{network}={choice.reference}")
    return chosen


def _given_weights(weights: Sequence[str]) -> Iterator[str]:
    return (what for what in map(weights_in, weights) if exists(what))


def _files(plan: Plan, task: Task) -> Iterator[str]:
    """Yield the files that a result is made of."""
    regions = (parse_region(text).source for text in plan.config.region)
    for source in (task.content, *(style.source for style in task.styles), *regions):
        if exists(path := path_in(source)):
            yield path
