"""A method for pictures, on a clip: each frame on its own."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from dataclasses import replace
from typing import Any

import torch

from stylekit.events import FrameDone, Stage, Step
from stylekit.frames import Clip
from stylekit.protocols import Job, Method
from stylekit.specs import ComponentSpec, Slot

ASSESSED = 8
"""Losses of a clip are means over this many of its frames, evenly spread."""


class FrameByFrame(Method):
    """Makes the frames of a clip with a method for pictures, one after the other.

    Each begins with the same random numbers, which flickers less, and lets a run that was killed go
    on with any frame.
    """

    def __init__(self, method: Method) -> None:
        self._method = method

    def helpers(self) -> Collection[str]:
        """Return those of the method."""
        return self._method.helpers()

    def check(self, specs: Mapping[Slot, ComponentSpec]) -> None:
        """Refuse what the method refuses."""
        self._method.check(specs)

    def bytes_needed(self, components: Mapping[Slot, Any], width: int, height: int) -> float:
        """Return what one frame needs; the others lie in files."""
        return self._method.bytes_needed(components, width, height)

    def stylize(self, job: Job) -> Generator[Stage | Step | FrameDone, None, None]:
        """Yield the stages, the steps and the result of each frame that is left."""
        resume = job.resume
        for index in range(len(job.done), len(job.content.frames)):
            part = job.frame(index)
            if resume is not None and resume["frame"] == index:
                part = replace(part, resume=resume["method"])
            else:
                torch.manual_seed(job.seed)
            yield from self._frame(part, index, len(job.content.frames))

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the means of the losses over some of the frames."""
        count = len(result.frames)
        chosen = sorted({round(k * (count - 1) / (ASSESSED - 1)) for k in range(ASSESSED)})
        sums: dict[str, float] = {}
        for index in chosen:
            frame = Clip((result.frames[index],))
            for name, loss in self._method.assess(job.frame(index), frame).items():
                sums[name] = sums.get(name, 0.0) + loss / len(chosen)
        return sums

    def _frame(
        self, job: Job, index: int, count: int
    ) -> Generator[Stage | Step | FrameDone, None, None]:
        events = self._method.stylize(job)
        stage = inner = Stage("", 0, 0, 0)
        while True:
            try:
                event = next(events)
            except StopIteration as stop:
                yield FrameDone(index, stop.value.picture)
                return
            if isinstance(event, Stage):
                inner = event
                steps, cost = inner.total_steps or inner.steps, inner.total_cost
                stage = replace(
                    inner,
                    name=f"frame {index + 1}/{count}, {inner.name}",
                    total_steps=count * steps,
                    total_cost=count * cost,
                )
                yield stage
            elif isinstance(event, Step):
                yield self._of_clip(event, stage, index, index * (stage.total_steps // count))

    @staticmethod
    def _of_clip(step: Step, stage: Stage, index: int, before: int) -> Step:
        """Return a step of a frame as one of the clip."""
        state = step.state
        return replace(
            step,
            stage=stage,
            index=before + step.index,
            state=None if state is None else lambda: {"frame": index, "method": state()},
            frame=index,
        )
