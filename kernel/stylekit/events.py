"""Events: what a method yields, and the arguments of lifecycle hooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from stylekit.images.frames import Clip, Frame


@dataclass(frozen=True)
class RunInfo:
    """One run, as observers see it.

    Attributes:
        method: full id of the method.
        device: for example `cpu` or `cuda:0`.
        config: the resolved configuration, as it is recorded.
        total: how many artifacts the run will make, or None if that is not known yet.
        quiet: the user wants no progress.
    """

    method: str
    device: str
    config: Mapping[str, Any]
    total: int | None
    quiet: bool


@dataclass(frozen=True)
class RunStarted:
    """An executor has loaded what the run needs, and begins.

    Attributes:
        device: for example `cpu` or `cuda:0`.
        total: how many results the run will make.
    """

    device: str
    total: int


@dataclass(frozen=True)
class Skipped:
    """An input that cannot be used, or a result that cannot be made; a batch continues without it.

    Attributes:
        name: the source, or the result, for people.
        reason: a sentence.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class Stage:
    """A part of a run, for example one scale of a pyramid.

    Attributes:
        name: for people, `256 px`.
        steps: how many steps it will take at most.
        width: in pixels.
        height: in pixels.
        image: which image of a batch this is for (its source).
        total_steps: steps of all stages of this image together.
        cost: what one step costs compared with a step of another stage, for example its pixels;
            with `total_cost` an observer can estimate the time left when later stages are slower.
        total_cost: steps times cost, of all stages of this image together.
    """

    name: str
    steps: int
    width: int
    height: int
    image: str = ""
    total_steps: int = 0
    cost: float = 1.0
    total_cost: float = 0.0


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """One step of a stage.

    Attributes:
        index: steps done in this image so far, counted from 1 over all stages.
        losses: scalar tensors on the run's device; `total` among them. `float()` makes a GPU wait.
        snapshot: returns the best image so far at the size of the result.
        state: returns all that is needed to continue after this step, as tensors, numbers, texts,
            lists and dicts; None: the method cannot continue.
        frame: which frame of a clip the snapshot shows, counted from 0.
    """

    stage: Stage
    index: int
    losses: Mapping[str, Tensor]
    snapshot: Callable[[], Clip]
    state: Callable[[], dict[str, Any]] | None = None
    frame: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class FrameDone:
    """A frame of a clip is finished, and kept for good. Frames are finished in order.

    Attributes:
        index: of the frame, counted from 0.
        frame: at the size of the result.
    """

    index: int
    frame: Frame


@dataclass(frozen=True)
class Artifact:
    """A file that a run wrote, and its record."""

    path: Path
    record: Path
    sha256: str
