"""The loop: takes the latest frame, paints it, and hands it to all outputs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Protocol

from stylekit.errors import UsageError
from stylekit.machine.interrupts import saving
from stylekit_plugins.live.mailbox import EndOfFrames, Mailbox, Pixels
from stylekit_plugins.live.meter import Meter
from stylekit_plugins.live.painter import Painter
from stylekit_plugins.live.strength import Strength

_log = logging.getLogger(f"stylekit.{__name__}")

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


def paint_live(
    live: Live, painter: Painter, outputs: Sequence[Output], seconds: float | None
) -> None:
    """Paint until somebody stops it, the clip ends, or the time is over.

    Args:
        seconds: from the first frame on; None: without end.

    Raises:
        StylekitError: the camera or the method fails.
    """
    until: float | None = None
    while not live.stopped.is_set():
        try:
            frame = live.mailbox.take(_PATIENCE)
        except EndOfFrames:
            return
        if until is not None and time.monotonic() > until:
            return
        if frame is None:
            for output in outputs:
                output.idle()
            continue
        if until is None and seconds is not None:
            until = time.monotonic() + seconds
        if live.strength.value is not None:
            painter.set_strength(live.strength.value)
        try:
            painted = painter.paint(frame.pixels)
        except UsageError as error:
            if not painter.undo_strength():
                raise
            # For example a network that was trained for one strength.
            _log.warning(f"The strength stays as it was: {error.message}")
            live.strength.disable()
            continue
        # Ctrl-C between two outputs would leave a frame that was seen out of the file.
        with saving():
            live.meter.count()
            for output in outputs:
                output.show(painted, frame.time)
