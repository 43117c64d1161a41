"""A method for images, on a clip: each frame on its own."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace

import torch

from stylekit.events import FrameDone, Stage, Step
from stylekit.images.frames import Clip
from stylekit.methods.base import Job, Method

ASSESSED = 8
"""Losses of a clip are means over this many of its frames, evenly spread."""


Events = Generator[Stage | Step | FrameDone, None, Clip | None]


def each_frame(job: Job, stylize: Callable[[Job, int], Events]) -> Events:
    """Make the frames of a clip one after the other; yield their stages, steps and results.

    Each begins with the same random numbers, which flickers less, and lets a killed run resume
    at any frame. An image is stylized directly.

    Args:
        stylize: makes a frame, given its job, as if it were an image, and its index.
    """
    if not job.content.is_video:
        return (yield from stylize(job, 0))
    resume, count = job.resume, len(job.content.frames)
    done: int | None = None
    for index in range(len(job.finished_frames), count):
        part = job.for_frame(index)
        if resume is not None and resume["frame"] == index:
            part = replace(part, resume=resume["method"])
        else:
            torch.manual_seed(job.seed)
        done = yield from _frame(stylize(part, index), index, count, done)
    return None


def assess_frames(method: Method, job: Job, result: Clip) -> dict[str, float]:
    """Return the losses that a method finds in an image, or their means over some frames."""
    if not job.content.is_video:
        return method.assess(job, result)
    count = len(result.frames)
    chosen = sorted({round(k * (count - 1) / (ASSESSED - 1)) for k in range(ASSESSED)})
    sums: dict[str, float] = {}
    for index in chosen:
        frame = Clip((result.frames[index],))
        for name, loss in method.assess(job.for_frame(index), frame).items():
            sums[name] = sums.get(name, 0.0) + loss / len(chosen)
    return sums


def _frame(
    events: Events, index: int, count: int, done: int | None
) -> Generator[Stage | Step | FrameDone, None, int]:
    """Yield the events of a frame as those of a clip.

    Args:
        done: steps of the frames before; None: not known, they were made by a run that was killed.

    Returns:
        the steps up to the end of this frame.
    """
    stage: Stage | None = None
    latest = 0
    while True:
        try:
            event = next(events)
        except StopIteration as stop:
            yield FrameDone(index, stop.value.image)
            return (done or 0) + latest
        if isinstance(event, Stage):
            steps = event.total_steps or event.steps
            if done is None:
                done = index * steps
            stage = replace(
                event,
                name=f"frame {index + 1}/{count}, {event.name}",
                # As if the frames to come took as many.
                total_steps=done + (count - index) * steps,
                total_cost=count * event.total_cost,
            )
            yield stage
        elif isinstance(event, Step) and stage is not None:
            latest = event.index
            yield _of_clip(event, stage, index, done or 0)


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
