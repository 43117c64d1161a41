"""An observer that sends the progress of a training and its sheets to the page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import stylekit
from stylekit_ui.messages import RunProgress, SampleSheet, WorkerMessage
from stylekit_ui.previews import as_jpeg, shrink_to

if TYPE_CHECKING:
    from stylekit.events import Step

PROGRESS_INTERVAL = 0.5
"""Least seconds between two messages of progress."""

SHEET_INTERVAL = 4.0
"""Least seconds between two sheets."""

MAX_TIME_FRACTION = 0.05
"""Part of the training time that sheets may take."""

SHEET_SIDE = 1024
"""Longest side of a sheet in pixels."""


class TrainingObserver:
    """Sends the progress often, and a sheet as often as it costs little.

    Args:
        limit: seconds that the training is to take.

    Attributes:
        steps: steps done.
    """

    def __init__(self, send: Callable[[WorkerMessage], None], limit: float) -> None:
        self._send = send
        self._limit = limit
        self._began = time.perf_counter()
        self._next_progress = self._next_sheet = 0.0
        self._latest: Step | None = None
        self.steps = 0

    @property
    def seconds(self) -> float:
        """Seconds since the training began."""
        return time.perf_counter() - self._began

    @stylekit.hookimpl
    def run_started(self) -> None:
        """Begin to count the time: what the training needs is loaded."""
        self._began = time.perf_counter()

    @stylekit.hookimpl
    def step_finished(self, step: Step) -> None:
        """Send progress and a sheet if the last ones are old enough."""
        self._latest, self.steps = step, step.index
        now = time.perf_counter()
        if now >= self._next_progress:
            self._send(self._progress(step))
            self._next_progress = now + PROGRESS_INTERVAL
        if now >= self._next_sheet:
            self.send_sheet()
            cost = time.perf_counter() - now
            self._next_sheet = now + max(SHEET_INTERVAL, cost / MAX_TIME_FRACTION)

    def send_sheet(self) -> None:
        """Send a sheet of the network as it is now, if a step was done."""
        if self._latest is not None:
            image = shrink_to(self._latest.snapshot().image, SHEET_SIDE)
            self._send(SampleSheet(as_jpeg(image, quality=85), self.steps))

    def _progress(self, step: Step) -> RunProgress:
        # By the time, because how many steps fit into it is not known before.
        fraction = min(1.0, self.seconds / self._limit)
        name = step.stage.name
        steps = f"step {step.index}"
        return RunProgress(
            f"{name}, {steps}" if name else steps,
            fraction,
            # The last step is followed by a validation and the last sheet.
            self._limit * (1 - fraction) if fraction < 1 else None,
            {name: float(loss) for name, loss in step.losses.items()},
            b"",
        )
