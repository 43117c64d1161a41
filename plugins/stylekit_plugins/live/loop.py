"""The loop: takes each frame that is painted, and hands it to all outputs."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Protocol

from stylekit.machine.interrupts import saving
from stylekit_plugins.live.crew import Crew
from stylekit_plugins.live.mailbox import EndOfFrames, Mailbox, Pixels
from stylekit_plugins.live.meter import Meter
from stylekit_plugins.live.strength import Strength

_PATIENCE = 0.05
"""Seconds to wait for a frame before the outputs look after their users again."""


class Live:
    """What all parts of a live session share.

    Attributes:
        stopped: set by any part that ends the session.
    """

    def __init__(self, strength: Strength) -> None:
        self.mailbox = Mailbox()
        self.meter = Meter()
        self.strength = strength
        self.stopped = threading.Event()

    def facts(self) -> dict[str, float | int | None]:
        """Return the numbers that outputs show."""
        return {
            "fps": round(self.meter.fps, 1),
            "shown": self.meter.shown,
            "dropped": self.mailbox.dropped,
            "strength": self.strength.value,
        }

    def line(self) -> str:
        """Return these numbers in words."""
        text = f"{self.meter.fps:.1f} frames a second"
        if self.strength.value is not None:
            text += f", strength {self.strength.value:.2f}"
        return text


class Output(Protocol):
    """Where painted frames go."""

    def show(self, pixels: Pixels, seconds: float) -> None:
        """Show a frame, (H, W, 3), that was captured so many seconds after the first one."""

    def idle(self) -> None:
        """Look after the user; called often while there is no new frame."""


def paint_live(live: Live, crew: Crew, outputs: Sequence[Output], seconds: float | None) -> None:
    """Show what the crew paints until somebody stops it, the clip ends, or the time is over.

    Args:
        seconds: from the first frame on; None: without end.

    Raises:
        StylekitError: the camera or the method fails.
    """
    until: float | None = None
    while not live.stopped.is_set():
        finished = crew.take(_PATIENCE)
        if until is not None and time.monotonic() > until:
            return
        if finished is None:
            for output in outputs:
                output.idle()
            continue
        if isinstance(finished.error, EndOfFrames):
            return
        if finished.error is not None:
            raise finished.error
        if until is None and seconds is not None:
            until = time.monotonic() + seconds
        frame = finished.frame
        if frame is None:
            continue
        # Ctrl-C between two outputs would leave a frame that was seen out of the file.
        with saving():
            live.meter.count()
            for output in outputs:
                output.show(frame.pixels, frame.time)
