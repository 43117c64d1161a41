"""Painters in threads of their own, which paint frames side by side; these come out in order.

A small frame takes hundreds of short operations, and beside them a thread reads the camera: on two
cores, two painters with one thread each paint twice as many frames a second as one with two threads
(benchmarks/notes/fast.md).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch

from stylekit.errors import MemoryLimitError, UsageError
from stylekit.inputs.sources import Sources
from stylekit.machine import devices
from stylekit.machine.threads import start_threads
from stylekit.runs.plan import Plan
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.live.mailbox import Captured, Mailbox
from stylekit_plugins.live.painter import Painter
from stylekit_plugins.live.strength import Strength

_log = logging.getLogger(f"stylekit.{__name__}")

_MOST = 4
"""Painters; each has networks of its own."""

_PATIENCE = 0.05
"""Seconds that a painter waits for a frame before it asks again whether it is to end."""

_FAREWELL = 5.0
"""Seconds to wait for a painter that still paints at the end."""


@dataclass(frozen=True)
class Finished:
    """What became of a frame.

    Attributes:
        frame: the painted one; None: it could not be painted, but others can.
        error: why there are no more.
    """

    frame: Captured | None = None
    error: BaseException | None = None


def make_painters(plan: Plan, sources: Sources, size: tuple[int, int]) -> list[Painter]:
    """Make a painter for each thread of a CPU, up to four; one on a GPU, or where memory is scarce.

    Args:
        plan: its method is feed-forward.
        size: width and height of the frames.

    Raises:
        StylekitError: weights or styles are unavailable, or the memory does not suffice.
    """
    device = devices.choose(plan.config.device)
    count = min(torch.get_num_threads(), _MOST) if device.type == "cpu" else 1
    weights = WeightsManager(plan.catalogue, plan.config.tables, plan.config.offline)
    try:
        return [Painter(plan, sources, size, weights, count) for _ in range(count)]
    except MemoryLimitError:
        if count == 1:
            raise
        return [Painter(plan, sources, size, weights)]


class Crew:
    """Painters at work, each in a thread of its own, always on the latest frame.

    Args:
        painters: with equal settings.
        strength: of each next frame.
        stopped: ends the threads.
    """

    def __init__(
        self,
        painters: Sequence[Painter],
        mailbox: Mailbox,
        strength: Strength,
        stopped: threading.Event,
    ) -> None:
        self._mailbox = mailbox
        self._strength = strength
        self._stopped = stopped
        # Held while a frame is taken and numbered.
        self._taking = threading.Lock()
        self._taken = 0
        self._changed = threading.Condition()
        self._handed_on = 0
        self._finished: Finished | None = None
        self._painters = painters
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to paint, with torch's threads divided evenly."""
        works = [partial(self._work, painter) for painter in self._painters]
        share = max(1, torch.get_num_threads() // len(works))
        self._threads = start_threads(works, "stylekit-painter", share)

    def take(self, seconds: float) -> Finished | None:
        """Take what became of the next frame; None: nothing yet, within this time."""
        with self._changed:
            self._changed.wait_for(lambda: self._finished is not None, seconds)
            finished, self._finished = self._finished, None
            if finished is not None:
                self._handed_on += 1
                self._changed.notify_all()
            return finished

    def end(self) -> None:
        """End the threads, and wait for them, but not for one that hangs."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(_FAREWELL)

    def _work(self, painter: Painter) -> None:
        while not self._stopped.is_set():
            with self._taking:
                taken = self._next()
                if taken is None:
                    continue
                number, self._taken = self._taken, self._taken + 1
            finished = self._finish(painter, taken)
            self._hand_on(number, finished)
            if finished.error is not None:
                return

    def _hand_on(self, number: int, finished: Finished) -> None:
        """Wait until all frames before were taken, and lay this one down."""
        with self._changed:
            self._changed.wait_for(lambda: self._handed_on == number or self._stopped.is_set())
            self._finished = finished
            self._changed.notify_all()

    def _next(self) -> Captured | Exception | None:
        """Return the latest frame, or why there is none; None: it did not come yet."""
        try:
            return self._mailbox.take(_PATIENCE)
        except Exception as error:
            return error

    def _finish(self, painter: Painter, taken: Captured | Exception) -> Finished:
        if isinstance(taken, Exception):
            return Finished(error=taken)
        try:
            return Finished(self._painted(painter, taken))
        except BaseException as error:
            # Whatever it is: the others wait for this frame.
            return Finished(error=error)

    def _painted(self, painter: Painter, frame: Captured) -> Captured | None:
        """Return the painted frame; None: not at this strength, which therefore stays as it was."""
        value = self._strength.value
        if value is not None:
            painter.set_strength(value)
        try:
            return Captured(painter.paint(frame.pixels), frame.time)
        except UsageError as error:
            if not painter.undo_strength():
                raise
            # For example a network that was trained for one strength.
            if self._strength.disable():
                _log.warning(f"The strength stays as it was: {error.message}")
            return None
