"""Live progress on stderr."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

import stylekit
from stylekit_plugins.observers.null import Off
from stylekit_plugins.observers.params import ProgressParams
from stylekit_plugins.observers.plain_progress import Plain
from stylekit_plugins.observers.progress_state import Track

if TYPE_CHECKING:
    from torch import Tensor

    from stylekit.events import RunInfo, Stage, Step
    from stylekit.result import Result


class Display(Protocol):
    """Shows where a run is.

    Attributes:
        period: least time between two showings, in seconds.
        shows_first_step: the first step of a stage is shown at once.
    """

    period: float
    shows_first_step: bool

    def open_stage(self, track: Track) -> None:
        """Show that a stage begins."""

    def show(self, track: Track, losses: Mapping[str, float]) -> None:
        """Show the state after a step."""

    def close(self) -> None:
        """Leave the terminal as it was found."""


class Progress:
    """Shows stage, steps, losses, speed and time left, as the user's terminal allows."""

    def __init__(self, params: ProgressParams) -> None:
        self._params = params
        self._display: Display | None = None
        self._track = Track(None)
        self._due = math.inf
        self._index = 0
        self._at = 0.0
        self._losses: Mapping[str, Tensor] = {}
        self._written = False
        self._shown: tuple[str, int, int] | None = None

    @stylekit.hookimpl
    def run_started(self, run: RunInfo) -> None:
        """Choose how to show progress, if at all."""
        if not run.quiet:
            self._display = _make_display(self._params)
            self._track = Track(run.total)

    @stylekit.hookimpl
    def stage_started(self, stage: Stage) -> None:
        """Show that a stage begins."""
        display, track = self._display, self._track
        if display is None:
            return
        if self._written:
            track.complete_image()
        with self._closing_on_error():
            if track.starts_image(stage):
                self._show_last(display)
            else:
                track.mark(self._index, self._at)
            track.start_stage(stage, time.perf_counter())
            display.open_stage(track)
        self._written = False
        self._index = track.index
        self._losses = {}
        self._due = 0.0

    @stylekit.hookimpl
    def step_finished(self, step: Step) -> None:
        """Remember the step, and show it if it is time to."""
        if self._display is None:
            return
        self._index = step.index
        self._losses = step.losses
        self._at = now = time.perf_counter()
        if now >= self._due:
            self._show(self._display)

    @stylekit.hookimpl
    def artifact_written(self) -> None:
        """Note that, in a batch, the image takes no more steps."""
        # A training is no batch, and writes its network again and again.
        self._written = self._track.is_batch

    @stylekit.hookimpl
    def run_finished(self, result: Result) -> None:
        """Show the last step and end the display."""
        if not result.interrupted:
            self._track.complete_image()
        self._end()

    @stylekit.hookimpl
    def run_failed(self) -> None:
        """Show the last step if the device still answers, and end the display."""
        with contextlib.suppress(Exception):
            self._end()

    def _show(self, display: Display) -> None:
        track = self._track
        with self._closing_on_error():
            if track.waits_for_step and not display.shows_first_step:
                track.mark(self._index, self._at)
            else:
                losses = self._read_losses()
                # Reading waited for the device, so only now is the step really done.
                track.mark(self._index, time.perf_counter())
                display.show(track, losses)
                self._shown = self._state()
        self._due = time.perf_counter() + display.period

    def _show_last(self, display: Display) -> None:
        if self._track.stage is None or not self._losses:
            return
        self._track.mark(self._index, self._at)
        if self._shown != self._state():
            display.show(self._track, self._read_losses())

    def _read_losses(self) -> dict[str, float]:
        return {name: float(loss) for name, loss in self._losses.items()}

    def _state(self) -> tuple[str, int, int]:
        return self._track.title, self._track.index, self._track.total

    def _end(self) -> None:
        display = self._display
        if display is None:
            return
        with self._closing_on_error():
            self._show_last(display)
            display.close()
        self._display = None
        self._losses = {}

    @contextlib.contextmanager
    def _closing_on_error(self) -> Iterator[None]:
        """Close a display that fails: nobody calls a switched-off observer to do it later."""
        try:
            yield
        except BaseException:
            display, self._display = self._display, None
            if display is not None:
                with contextlib.suppress(Exception):
                    display.close()
            raise


def make_progress(params: ProgressParams) -> Progress | Off:
    """Return the observer, or one without hooks if there is nothing to show progress on."""
    return Off() if params.style == "none" or sys.stderr is None else Progress(params)


def _make_display(params: ProgressParams) -> Display:
    live = sys.stderr.isatty() and os.environ.get("TERM", "") != "dumb"
    if params.style == "bar" or (params.style == "auto" and live):
        from stylekit_plugins.observers.progress_bar import Bar

        return Bar()
    return Plain(params.interval)
