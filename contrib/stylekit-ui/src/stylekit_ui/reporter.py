"""An observer that tells the page how far a run is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import stylekit
from stylekit_ui.messages import Progress
from stylekit_ui.previews import as_jpeg, smaller

if TYPE_CHECKING:
    from stylekit.events import Stage, Step

LEAST, MOST = 0.3, 0.9
"""Seconds between two previews, where steps are not slower than that."""

SHARE = 0.05
"""Part of the time that previews may take, but for `MOST`."""

SIDE = 768
"""Long side of a preview in pixels."""


class Reporter:
    """Sends progress with a preview, often enough to watch and seldom enough to cost little.

    It is an observer, and not a loop around the run, so that Ctrl-C while it is at work is Ctrl-C
    within the run: the best picture so far is kept.
    """

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell = tell
        self._due = 0.0
        self._began = time.perf_counter()
        self._stage: Stage | None = None
        self._before = 0.0
        self._first = 0
        self._latest = 0

    @stylekit.hookimpl
    def stage_started(self, stage: Stage) -> None:
        """Note what the stages before have cost."""
        if self._stage is None:
            self._began = time.perf_counter()
        else:
            self._before += self._stage.steps * self._stage.cost
        self._stage = stage
        self._first = self._latest

    @stylekit.hookimpl
    def step_finished(self, step: Step) -> None:
        """Tell it if it is time to."""
        self._latest = step.index
        now = time.perf_counter()
        if now < self._due:
            return
        self._tell(self._progress(step, now))
        cost = time.perf_counter() - now
        self._due = now + cost + min(MOST, max(LEAST, cost / SHARE))

    def _progress(self, step: Step, now: float) -> Progress:
        stage = step.stage
        total = stage.total_cost or stage.total_steps * stage.cost
        done = self._before + (step.index - self._first) * stage.cost
        part = min(1.0, done / total) if total else 0.0
        left = (now - self._began) * (1 - part) / part if part else None
        steps = f"step {step.index} of {stage.total_steps or stage.steps}"
        return Progress(
            f"{stage.name}, {steps}" if stage.name else steps,
            part,
            left,
            {name: float(loss) for name, loss in step.losses.items()},
            as_jpeg(smaller(step.snapshot().image, SIDE), quality=85),
        )
