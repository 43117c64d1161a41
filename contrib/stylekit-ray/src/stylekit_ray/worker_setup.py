"""The setup of workers, with which they make what this process would make."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from stylekit.errors import UsageError
from stylekit.files.paths import exists
from stylekit.inputs.styles import networks_to_load
from stylekit.inputs.syntax import parse_region, path_in
from stylekit.runs.executor import RunRequest, Task
from stylekit.runs.plan import Plan
from stylekit.weights.manager import WeightsManager
from stylekit.weights.selection import AUTO, requested_weights, weights_in
from stylekit_ray.messages import WorkerSetup

_UNRECORDED = ("overwrite", "resume", "checkpoint_seconds", "keep_frames")
"""Run keys that are in no record, because they do not change the result."""


def make_setup(
    request: RunRequest, tasks: Sequence[Task], executor: str, threads: int, snapshots: bool
) -> WorkerSetup:
    """Return the setup of every worker.

    Raises:
        UsageError: a component exists in this process alone.
        WeightsError: a network's weights are unavailable.
    """
    plan = request.plan
    for part in plan.components:
        if part.component.plugin.origin == "in-process":
            raise UsageError(
                f"{part.component.id} comes from a plugin object in this process, but Ray's "
                "workers load only installed plugins.",
                "Install it as a package with an entry point.",
            )
    # Selected here, so that all workers use the same and none fetches them again.
    weights = _weights(request)
    settings = plan.resolved() | {key: getattr(plan.config, key) for key in _UNRECORDED}
    # A worker gets the sources of one result at a time: a folder may hold many.
    settings |= {"content": [], "style": [], "each_style": False, "executor": executor}
    settings["weights"] = weights or [AUTO]
    records = plan.catalogue.records
    return WorkerSetup(
        settings=settings,
        components=[part.component.describe_version() for part in plan.components],
        allowed=[
            f"{x.dist}:{x.name}"
            for x in records
            if x.origin == "installed" and x.status == "active"
        ],
        blocked=[x.name for x in records if x.origin == "built-in" and x.status == "blocked"],
        folder=str(Path.cwd()),
        needed=[*_files(plan, tasks[0]), *_weights_files(weights)],
        threads=threads,
        log_level=logging.getLogger("stylekit").getEffectiveLevel(),
        snapshots=snapshots,
    )


def _weights(request: RunRequest) -> list[str]:
    """Select and fetch the weights of each network; return them as a record names them."""
    plan, config = request.plan, request.plan.config
    manager = WeightsManager(plan.catalogue, config.tables, config.offline)
    network_of_styles = plan.frame_method.make().network_of_styles
    networks = networks_to_load(plan.networks, network_of_styles, bool(config.style))
    requested = requested_weights(config.weights, networks, plan.catalogue)
    selected = []
    for network in networks:
        choice = manager.select(network, requested.get(network, AUTO))
        selected.append(f"{network}={choice.reference}")
    return selected


def _weights_files(weights: Sequence[str]) -> Iterator[str]:
    return (what for what in map(weights_in, weights) if exists(what))


def _files(plan: Plan, task: Task) -> Iterator[str]:
    """Yield the input files of a result."""
    regions = (parse_region(text).source for text in plan.config.region)
    for source in (task.content, *(style.source for style in task.styles), *regions):
        if exists(path := path_in(source)):
            yield path
