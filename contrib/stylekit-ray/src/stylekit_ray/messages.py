"""What goes to a worker and comes from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylekit.events import Artifact, Stage
from stylekit.images.frames import Clip
from stylekit.runs.executor import Task


@dataclass(frozen=True)
class Job:
    """What all workers of a run are told.

    Attributes:
        settings: the whole configuration, sources left out.
        components: what decides the numbers, with versions; a worker must have the very same.
        allowed: third-party plugins that may be imported, as `DISTRIBUTION:NAME`.
        blocked: plugins that must not.
        folder: where the user is; relative paths begin there.
        needed: paths that a worker must see, because the user's machine sees them.
        threads: of torch.
        log_level: of what is logged in a worker, `logging.INFO` for example.
        snapshots: steps come with the picture so far.
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
        again: a worker died over it, and what that one left is to be gone on with.
    """

    number: int
    task: Task
    target: Path | None
    again: bool


@dataclass(frozen=True)
class Ready:
    """The worker can begin."""

    device: str


@dataclass(frozen=True)
class Unfit:
    """The worker cannot do anything of this run."""

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
class Staged:
    """A stage has begun."""

    number: int
    stage: Stage


@dataclass(frozen=True)
class Stepped:
    """A step is done; most are not told."""

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
        clip: the result, if it went to no file.
        artifact: its file; None if there is none.
        written: the file was written just now, and not by an earlier run.
        moves: it is no single picture.
        interrupted: it is the best so far.
    """

    number: int
    clip: Clip | None
    artifact: Artifact | None
    written: bool
    is_video: bool
    losses: Mapping[str, float]
    record: Mapping[str, Any]
    steps: int
    seconds: float
    peak_memory_mb: float
    interrupted: bool


@dataclass(frozen=True)
class Failed:
    """A result cannot be made.

    Attributes:
        begun: components were made and its sources read.
    """

    number: int
    error: Exception
    begun: bool


Event = Ready | Unfit | LogLine | Staged | Stepped | Done | Failed
Report = Sequence[Event]
