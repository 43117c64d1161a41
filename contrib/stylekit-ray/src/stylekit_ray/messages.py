"""What the user's machine and a worker send each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylekit.events import Stage
from stylekit.images.frames import Clip
from stylekit.result import TaskResult
from stylekit.runs.executor import Task


@dataclass(frozen=True)
class WorkerSetup:
    """What all workers of a run need to know.

    Attributes:
        settings: the whole configuration, without sources.
        components: what decides the numbers, with versions; a worker must have the same.
        allowed: third-party plugins that may be imported, as `DISTRIBUTION:NAME`.
        blocked: plugins that must not be imported.
        folder: the user's working folder; relative paths begin there.
        needed: paths that a worker must see, because the user's machine sees them.
        threads: of torch.
        log_level: of what a worker logs, `logging.INFO` for example.
        snapshots: steps come with the image so far.
    """

    settings: Mapping[str, Any]
    components: Sequence[Mapping[str, Any]]
    allowed: Sequence[str]
    blocked: Sequence[str]
    folder: str
    needed: Sequence[str]
    threads: int
    log_level: int
    snapshots: bool


@dataclass(frozen=True)
class Assignment:
    """A result to make.

    Attributes:
        number: of the result in its run, counted from 0.
        target: the file that it goes to; None: it is sent.
        is_retry: a worker died over it, and its unfinished files are to be resumed.
    """

    number: int
    task: Task
    target: Path | None
    is_retry: bool


@dataclass(frozen=True)
class Ready:
    """The worker can begin."""

    device: str


@dataclass(frozen=True)
class Rejected:
    """The worker cannot make any result of this run."""

    error: Exception


@dataclass(frozen=True)
class LogLine:
    """What was logged in a worker.

    Attributes:
        level: of the record, `logging.WARNING` for example.
    """

    level: int
    line: str


@dataclass(frozen=True)
class StageStarted:
    """A stage has begun."""

    number: int
    stage: Stage


@dataclass(frozen=True)
class StepFinished:
    """A step is done; most steps are not reported."""

    number: int
    stage: Stage
    index: int
    losses: Mapping[str, float]
    frame: int
    snapshot: Clip | None


@dataclass(frozen=True)
class Done:
    """A result is made.

    Attributes:
        result: its clip is empty if it was written, as the user's machine reads the file.
        is_video: it is a video, and not a single image.
        seconds: wall time.
    """

    number: int
    result: TaskResult
    is_video: bool
    seconds: float


@dataclass(frozen=True)
class Failed:
    """A result cannot be made.

    Attributes:
        started: its inputs were read, and it was begun.
    """

    number: int
    error: Exception
    started: bool


WorkerEvent = Ready | Rejected | LogLine | StageStarted | StepFinished | Done | Failed
Report = Sequence[WorkerEvent]
