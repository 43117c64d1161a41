"""Measure a method's speed with a few steps on a small copy of the content."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Iterator

import torch

from stylekit.events import Stage, Step
from stylekit.images.frames import Clip, Frame, fit
from stylekit.machine import devices
from stylekit.methods.base import Job, Style
from stylekit.runs.plan import Plan
from stylekit_plugins.execution.estimates.speeds import Speed
from stylekit_plugins.execution.session import Session

_SIDE = 128
"""Long side of the small copy."""

_SECONDS = 0.6
_STEPS = 4


def calibrate(
    plan: Plan,
    session: Session,
    content: Frame,
    styles: tuple[Style, ...],
    device: torch.device,
    start_seconds: float,
) -> Speed | None:
    """Return the speed of the method that makes images or frames; None: it cannot be measured.

    Args:
        session: its networks are loaded.
    """
    width, height = fit(content.width, content.height, _SIDE)
    job = Job(
        content=Clip((content.resized(width, height),)),
        styles=styles,
        components=session.components,
        specs=plan.specs,
        device=device,
        seed=plan.config.seed,
        memory=devices.free_memory(device),
        read_image=session.inputs.image,
        weights=session.load_weights,
        methods=session.other_methods,
    )
    # An object of its own: the run's must not remember this image.
    events = plan.frame_method.make().stylize(job)
    with _same_random_numbers(), contextlib.suppress(Exception), contextlib.closing(events):
        return _measured(events, width * height, start_seconds)
    return None


def _measured(events: Iterator[object], pixels: int, start_seconds: float) -> Speed | None:
    stage: Stage | None = None
    times: list[float] = []
    for event in events:
        if isinstance(event, Stage):
            if stage is not None:
                break
            stage = event
            times.append(time.perf_counter())
        elif isinstance(event, Step):
            # A GPU may still compute it.
            float(event.losses.get("total", 0.0))
            times.append(time.perf_counter())
            if len(times) > _STEPS or times[-1] - times[0] > _SECONDS:
                break
    if stage is None or len(times) < 2:
        return None
    intervals = [later - earlier for earlier, later in itertools.pairwise(times)]
    # The first step chooses algorithms and fills caches.
    measured = intervals[1:] or intervals
    seconds = sum(measured) / len(measured)
    planned = stage.total_steps or stage.steps
    return Speed(
        pixels=pixels,
        steps=planned,
        step_pixels=planned * stage.width * stage.height,
        step_seconds=planned * seconds,
        finish_seconds=seconds,
        start_seconds=start_seconds,
    )


@contextlib.contextmanager
def _same_random_numbers() -> Iterator[None]:
    """Leave the random numbers after the block as if it had not run."""
    state = torch.get_rng_state()
    try:
        yield
    finally:
        torch.set_rng_state(state)
