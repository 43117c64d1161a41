"""Messages between the page's process and a worker process; this module does not load torch."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE_SIDE = 1024
"""Longest side in pixels of the sources that the page shows."""


@dataclass(frozen=True)
class StylizeRequest:
    """An image or video to make.

    Attributes:
        argv: arguments of `stylekit ui`, which decide what plugins may load.
        config: run configuration, as a config file would hold it.
        concurrent_runs: number of runs that share the processors, this one included.
    """

    argv: Sequence[str]
    config: Mapping[str, Any]
    concurrent_runs: int = 1


@dataclass(frozen=True)
class TrainRequest:
    """A network to train.

    Attributes:
        config: keys of the training, as `stylekit train` has them; `minutes` and `out` among them.
        settings: parameters of the training by component.
        concurrent_runs: as of `StylizeRequest`.
    """

    argv: Sequence[str]
    config: Mapping[str, Any]
    settings: Mapping[str, Mapping[str, Any]]
    concurrent_runs: int = 1


@dataclass(frozen=True)
class LiveRequest:
    """A camera or a clip to paint live.

    Attributes:
        command: a command line, without the program.
        concurrent_runs: as of `StylizeRequest`.
    """

    argv: Sequence[str]
    command: Sequence[str]
    concurrent_runs: int = 1


QueuedRequest = StylizeRequest | TrainRequest | LiveRequest
"""A request that waits for its turn, and works until its end or until it is stopped."""


@dataclass(frozen=True)
class PreviewRequest:
    """A source to read and to show on the page.

    Attributes:
        target: path of the PNG or JPEG to write for the browser.
        side: longest side in pixels.
    """

    argv: Sequence[str]
    source: str
    target: Path
    side: int = SOURCE_SIDE


@dataclass(frozen=True)
class EstimateRequest:
    """A run whose time is to be estimated.

    Attributes:
        config: run configuration; nothing is written.
    """

    argv: Sequence[str]
    config: Mapping[str, Any]


Request = QueuedRequest | PreviewRequest | EstimateRequest


@dataclass(frozen=True)
class LogLine:
    """A logged line, such as a download or a warning.

    Attributes:
        level: level of the log record, such as `logging.INFO` or `logging.WARNING`.
    """

    line: str
    level: int = logging.INFO


@dataclass(frozen=True)
class RunProgress:
    """The progress of a run.

    Attributes:
        line: stage and step.
        fraction: finished part of the run, from 0 to 1.
        seconds_left: estimate, or None before there is one.
        preview: the current image as a JPEG; empty: it is not sent this time.
    """

    line: str
    fraction: float
    seconds_left: float | None
    losses: Mapping[str, float]
    preview: bytes


@dataclass(frozen=True)
class RunFinished:
    """A finished run, or the best result of a stopped one.

    Attributes:
        before: the content at the size of the result as a JPEG; None for a video.
    """

    image: Path
    record: Path
    before: bytes | None
    seconds: float
    steps: int
    interrupted: bool


@dataclass(frozen=True)
class SampleSheet:
    """Sample images, and what a network in training makes of them.

    Attributes:
        image: as a JPEG.
        step: after which it was drawn.
    """

    image: bytes
    step: int


@dataclass(frozen=True)
class TrainingFinished:
    """A finished training, or the network of a stopped one.

    Attributes:
        method: full id of the method that the network is for.
        sheet: the latest sheet that was written; None: there is none.
    """

    method: str
    network: Path
    record: Path
    sheet: Path | None
    seconds: float
    steps: int
    interrupted: bool


@dataclass(frozen=True)
class LiveEnded:
    """A camera or clip that was painted live, to its end or until it was stopped.

    Attributes:
        summary: the frames that were shown, for people.
    """

    summary: str


@dataclass(frozen=True)
class PreviewReady:
    """A readable source, with its full size in pixels."""

    width: int
    height: int
    is_video: bool


@dataclass(frozen=True)
class EstimateReady:
    """The time that a run will take.

    Attributes:
        summary: for people, as `stylekit run --estimate` says it.
    """

    summary: str


@dataclass(frozen=True)
class Failure:
    """An error, and a hint how to solve it."""

    message: str
    hint: str | None = None


Outcome = RunFinished | TrainingFinished | LiveEnded | PreviewReady | EstimateReady | Failure
"""The last message of a worker."""

WorkerMessage = LogLine | RunProgress | SampleSheet | Outcome
