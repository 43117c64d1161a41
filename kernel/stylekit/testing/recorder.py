"""Records what a method receives, yields and returns in a run."""

from __future__ import annotations

import io
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from stylekit.events import FrameDone, Stage, Step
from stylekit.images.frames import Clip
from stylekit.methods.base import Job
from stylekit.runs.plan import ConfiguredComponent

Event = Stage | Step | FrameDone


@dataclass
class MethodLog:
    """The recorded run of a method.

    Attributes:
        method: the method itself.
        snapshots: the size (width, height) of the snapshot of each step.
        states: for each step with a state: its index, the state as on disk, and the state of the
            random number generator.
        resume: a state to resume from, and that of the random number generator.
    """

    method: Any = None
    job: Job | None = None
    events: list[Event] = field(default_factory=list)
    snapshots: list[tuple[int, int]] = field(default_factory=list)
    states: list[tuple[int, bytes, torch.Tensor]] = field(default_factory=list)
    resume: tuple[bytes, torch.Tensor] | None = None

    @property
    def steps(self) -> list[Step]:
        """The steps among the events."""
        return [event for event in self.events if isinstance(event, Step)]


@dataclass(frozen=True)
class RecordedMethod(ConfiguredComponent):
    """The chosen method of a plan, recorded."""

    log: MethodLog = field(default_factory=MethodLog)

    def make(self, *arguments: Any) -> Any:
        """Make the method and record it."""
        return _RecordingMethod(super().make(*arguments).unchecked, self.log)


class _RecordingMethod:
    """Forwards to a method and records its events."""

    def __init__(self, method: Any, log: MethodLog) -> None:
        self._method = method
        self._log = log
        log.method = method

    def __getattr__(self, name: str) -> Any:
        return getattr(self._method, name)

    def stylize(self, job: Job) -> Generator[Event, None, Clip | None]:
        """Run the method, and record each event."""
        log = self._log
        if log.resume is not None:
            state, random = log.resume
            job = replace(job, resume=torch.load(io.BytesIO(state), weights_only=True))
            torch.set_rng_state(random)
        log.job = job
        events = self._method.stylize(job)
        while True:
            try:
                event = next(events)
            except StopIteration as stop:
                clip: Clip | None = stop.value
                return clip
            log.events.append(event)
            if isinstance(event, Step):
                self._record(event)
            yield event

    def _record(self, step: Step) -> None:
        image = step.snapshot().image
        self._log.snapshots.append((image.width, image.height))
        if step.state is not None:
            file = io.BytesIO()
            torch.save(step.state(), file)
            self._log.states.append((step.index, file.getvalue(), torch.get_rng_state()))
