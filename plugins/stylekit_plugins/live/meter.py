"""Counts frames, and how many there are a second."""

from __future__ import annotations

import time
from collections import deque

_WINDOW = 2.0
"""Seconds that the current rate is a mean of."""


class Meter:
    """The frames shown so far.

    Attributes:
        shown: their number.
    """

    def __init__(self) -> None:
        self.shown = 0
        self._first = self._last = 0.0
        self._recent: deque[float] = deque()

    def count(self) -> None:
        """Count a frame that is shown now."""
        now = time.monotonic()
        if not self.shown:
            self._first = now
        self._last = now
        self.shown += 1
        self._recent.append(now)
        while now - self._recent[0] > _WINDOW:
            self._recent.popleft()

    @property
    def fps(self) -> float:
        """Frames a second over the last two seconds; 0 before the second frame."""
        recent = list(self._recent)
        return (len(recent) - 1) / (recent[-1] - recent[0]) if len(recent) > 1 else 0.0

    @property
    def mean_fps(self) -> float:
        """Frames a second since the first one; 0 before the second frame."""
        return (self.shown - 1) / self.seconds if self.shown > 1 else 0.0

    @property
    def seconds(self) -> float:
        """Seconds from the first to the latest frame."""
        return self._last - self._first
