"""A mailbox for one item: the latest wins, and nobody waits for a slow reader."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""RGB values of an image, (H, W, 3)."""


@dataclass(frozen=True, eq=False)
class Captured:
    """One frame of a camera.

    Attributes:
        pixels: at the working size.
        time: seconds since the first frame, by the clock of the wall.
    """

    pixels: Pixels
    time: float


class Mailbox:
    """Holds the latest frame until it is taken; an earlier one that nobody took is dropped.

    Attributes:
        dropped: frames that nobody took, or that the camera itself left out.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._changed = threading.Condition()
        self._latest: Captured | None = None
        self._ended = False
        self._error: Exception | None = None

    def put(self, frame: Captured, left_out: int = 0) -> None:
        """Replace the latest frame.

        Args:
            left_out: frames before this one that the camera has not even read.
        """
        with self._changed:
            self.dropped += left_out + (self._latest is not None)
            self._latest = frame
            self._changed.notify_all()

    def end(self, error: Exception | None = None) -> None:
        """Announce that no frame will follow, and why."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def take(self, seconds: float) -> Captured | None:
        """Take the latest frame; None: none came within this time.

        Raises:
            EndOfFrames: all frames are taken, and none will follow.
            Exception: what ended the camera.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._latest is not None or self._ended, seconds)
            frame, self._latest = self._latest, None
            if frame is None and self._ended:
                raise self._error or EndOfFrames
            return frame


class EndOfFrames(Exception):  # noqa: N818 - it is an outcome, not a mistake
    """The clip is over."""
