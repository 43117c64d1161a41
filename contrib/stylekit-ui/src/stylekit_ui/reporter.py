"""An observer that sends the progress of a run to the page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import stylekit
from stylekit_ui.messages import RunProgress
from stylekit_ui.previews import as_jpeg, shrink_to

if TYPE_CHECKING:
    from stylekit.events import Stage, Step

MIN_INTERVAL, MAX_INTERVAL = 0.3, 0.9
"""Seconds between two previews, unless a step takes longer."""

MAX_TIME_FRACTION = 0.05
"""Part of the run time that previews may take, unless `MAX_INTERVAL` asks for more."""

PREVIEW_SIDE = 768
"""Longest side of a preview in pixels."""


class ProgressObserver:
    """Sends progress with a preview, often enough to watch and rarely enough to cost little.

    It is an observer and not a loop around the run, so that Ctrl-C while it works interrupts the
    run itself, which then keeps its best image.
    """

    def __init__(self, send: Callable[[RunProgress], None]) -> None:
        self._send = send
        self._next_preview = 0.0
        self._began = time.perf_counter()
        self._stage: Stage | None = None
        self._finished_cost = 0.0
        self._first_step = 0
        self._latest_step = 0

    @stylekit.hookimpl
    def stage_started(self, stage: Stage) -> None:
        """Add up the cost of the finished stages."""
        if self._stage is None:
            self._began = time.perf_counter()
        else:
            self._finished_cost += self._stage.steps * self._stage.cost
        self._stage = stage
        self._first_step = self._latest_step

    @stylekit.hookimpl
    def step_finished(self, step: Step) -> None:
        """Send progress if the last preview is old enough."""
        self._latest_step = step.index
        now = time.perf_counter()
        if now < self._next_preview:
            return
        self._send(self._progress(step, now))
        cost = time.perf_counter() - now
        interval = min(MAX_INTERVAL, max(MIN_INTERVAL, cost / MAX_TIME_FRACTION))
        self._next_preview = now + cost + interval

    def _progress(self, step: Step, now: float) -> RunProgress:
        stage = step.stage
        total = stage.total_cost or stage.total_steps * stage.cost
        done = self._finished_cost + (step.index - self._first_step) * stage.cost
        fraction = min(1.0, done / total) if total else 0.0
        seconds_left = (now - self._began) * (1 - fraction) / fraction if fraction else None
        steps = f"step {step.index} of {stage.total_steps or stage.steps}"
        return RunProgress(
            f"{stage.name}, {steps}" if stage.name else steps,
            fraction,
            seconds_left,
            {name: float(loss) for name, loss in step.losses.items()},
            as_jpeg(shrink_to(step.snapshot().image, PREVIEW_SIDE), quality=85),
        )
