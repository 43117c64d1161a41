"""The training of a network in a worker process, by the command that trains."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stylekit.errors import Interrupted
from stylekit.host import Host
from stylekit.records.record import record_path
from stylekit.records.trained import TrainedNetwork, trained_in
from stylekit_ui.messages import TrainingFinished, TrainRequest, WorkerMessage
from stylekit_ui.plugin_commands import run_command
from stylekit_ui.training_reporter import TrainingObserver

COMMAND = "train"
"""The command that trains, from whichever plugin offers it."""


def train(
    host: Host, request: TrainRequest, send: Callable[[WorkerMessage], None]
) -> TrainingFinished:
    """Train a network; a stop request keeps the network so far.

    Raises:
        StylekitError: see `stylekit train`.
        Interrupted: it was stopped before there was a network.
    """
    observer = TrainingObserver(send, 60 * request.config["minutes"])
    host.register(observer, "ui-progress")
    interrupted = False
    try:
        run_command(host, [COMMAND, *_options(request)])
    except Interrupted:
        interrupted = True
        observer.send_sheet()
    network = _network_in(Path(request.config["out"]))
    if network is None:
        raise Interrupted("Stopped before there was a network; nothing was saved.")
    return TrainingFinished(
        network.method or request.config["method"],
        network.path,
        record_path(network.path),
        network.sheet,
        observer.seconds,
        observer.steps,
        interrupted,
    )


def _options(request: TrainRequest) -> Iterator[str]:
    """Yield the request as the command line has it."""
    for key, value in request.config.items():
        for each in value if isinstance(value, list) else [value]:
            yield f"--{key}={each}"
    for component, parameters in request.settings.items():
        for path, value in _flat(parameters):
            yield f"--set={component}.{path}={json.dumps(value, ensure_ascii=False)}"


def _flat(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the dotted path and the value of each entry of a table and of the tables in it."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{path}", inner) for path, inner in _flat(value))
        else:
            yield name, value


def _network_in(folder: Path) -> TrainedNetwork | None:
    """Return the network that a training wrote; None: there is none."""
    networks = trained_in(folder) if folder.is_dir() else []
    return next((each for each in networks if each.path.parent == folder), None)
