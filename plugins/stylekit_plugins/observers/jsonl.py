"""The run as JSON lines in a file."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import stylekit
from stylekit.errors import InputError, StylekitError
from stylekit.files.json_text import json_text
from stylekit_plugins.observers.null import Off
from stylekit_plugins.observers.params import LogParams

if TYPE_CHECKING:
    from stylekit.events import Artifact, RunInfo, Stage, Step
    from stylekit.result import Result


class Log:
    """Writes one JSON object a line: `event`, `time` (ISO 8601, UTC) and the event's facts."""

    def __init__(self, params: LogParams) -> None:
        self._path = Path(params.path)
        self._every = params.every
        self._stage = ""
        self._file: BinaryIO | None = None

    @stylekit.hookimpl
    def run_started(self, run: RunInfo) -> None:
        """Open the file, after the logs that it holds, and write what the run is.

        Raises:
            InputError: the file cannot be written, or holds something else.
        """
        self._file = _open(self._path)
        self._write(
            "run_started",
            method=run.method,
            device=run.device,
            total=run.total,
            stylekit=stylekit.__version__,
            config=run.config,
        )

    @stylekit.hookimpl
    def stage_started(self, stage: Stage) -> None:
        """Write what the stage is."""
        self._stage = stage.name
        self._write(
            "stage_started",
            stage=stage.name,
            image=stage.image,
            width=stage.width,
            height=stage.height,
            steps=stage.steps,
            total_steps=stage.total_steps,
        )

    @stylekit.hookimpl
    def step_finished(self, step: Step) -> None:
        """Write the losses of each N-th step."""
        if step.index % self._every == 0:
            losses = {name: float(loss) for name, loss in step.losses.items()}
            self._write("step", stage=self._stage, step=step.index, losses=losses)

    @stylekit.hookimpl
    def artifact_written(self, artifact: Artifact) -> None:
        """Write which file is there."""
        self._write(
            "artifact",
            path=str(artifact.path),
            record=str(artifact.record),
            sha256=artifact.sha256,
        )

    @stylekit.hookimpl
    def run_finished(self, result: Result) -> None:
        """Write what `--json` prints, and close the file."""
        self._write("run_finished", **result.to_json())
        self._close()

    @stylekit.hookimpl
    def run_failed(self, error: BaseException) -> None:
        """Write the error, and close the file."""
        message = error.message if isinstance(error, StylekitError) else str(error)
        hint = error.hint if isinstance(error, StylekitError) else None
        self._write("run_failed", error=type(error).__name__, message=message, hint=hint)
        self._close()

    def _write(self, event: str, **facts: Any) -> None:
        if self._file is not None:
            entry = {"event": event, "time": datetime.now(UTC).isoformat(), **facts}
            line = json_text(entry, default=str)
            # One unbuffered write a line: a killed run leaves whole lines, and so do two runs
            # that share a log.
            self._file.write(line.encode("utf-8") + b"\n")

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def make_log(params: LogParams) -> Log | Off:
    """Return the observer, or one without hooks if no file is named."""
    return Log(params) if params.path else Off()


_START = b'{"event": "run_started"'
"""What every log begins with; see `Log._write`."""


def _open(path: Path) -> BinaryIO:
    """Create a log, or open one to continue it.

    Raises:
        InputError: the file cannot be written, or is no log and so is left alone.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab+", buffering=0)
        if path.is_file() and file.tell():
            _prepare(file, path)
    except OSError as error:
        raise InputError(
            f"Cannot write the log {path}: {error.strerror or error}.", "Set log.path."
        ) from None
    return file


def _prepare(file: BinaryIO, path: Path) -> None:
    """Refuse a file that is no log; begin a new line in a log whose last one was cut off."""
    file.seek(0)
    if file.read(len(_START)) != _START:
        file.close()
        raise InputError(
            f"{path} exists and is no log of stylekit's, which begins with {_START.decode()}; "
            "nothing was changed.",
            "Set log.path to a new file.",
        )
    file.seek(-1, os.SEEK_END)
    if file.read() != b"\n":
        file.write(b"\n")
