"""What the page's process and a working process tell each other; nothing here loads torch."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Make:
    """A picture or clip to make.

    Attributes:
        words: those of the command, which say what plugins may load.
        config: as a config file would hold it.
        sharing: runs that share the processors, this one among them.
    """

    words: Sequence[str]
    config: Mapping[str, Any]
    sharing: int = 1


@dataclass(frozen=True)
class Show:
    """A source to read, and to show on the page.

    Attributes:
        target: where its picture goes, as a browser can show it.
    """

    words: Sequence[str]
    source: str
    target: Path


Task = Make | Show


@dataclass(frozen=True)
class Told:
    """A line for people: what is fetched, a warning.

    Attributes:
        level: of the log record, `logging.INFO` or `logging.WARNING` for example.
    """

    line: str
    level: int = logging.INFO


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        line: stage and step.
        part: done, from 0 to 1.
        left: seconds, or None before that can be told.
        preview: the picture so far, a JPEG.
    """

    line: str
    part: float
    left: float | None
    losses: Mapping[str, float]
    preview: bytes


@dataclass(frozen=True)
class Made:
    """A finished run, or the best there was when it was stopped.

    Attributes:
        before: the content at the size of the result, as a browser can show it; None for a clip.
    """

    image: Path
    record: Path
    before: bytes | None
    seconds: float
    steps: int
    interrupted: bool


@dataclass(frozen=True)
class Shown:
    """A source that could be read, and its full size in pixels; a clip moves."""

    width: int
    height: int
    is_video: bool


@dataclass(frozen=True)
class Failed:
    """What went wrong, and what to do next."""

    message: str
    hint: str | None = None


Report = Told | Progress | Made | Shown | Failed
