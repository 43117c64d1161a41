"""How far a training is, by its steps, its time, or both."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any


class TrainingClock:
    """Counts steps and seconds; those before a training resumed count too.

    With a number of steps alone, all that depends on the progress is the same in every training.

    Attributes:
        step: steps taken.

    Args:
        steps: the training's length; None: not limited.
        seconds: likewise.
    """

    def __init__(self, steps: int | None, seconds: float | None) -> None:
        self.step = 0
        self._steps, self._limit = steps, seconds
        self._before = 0.0
        self._begun = time.perf_counter()
        self._measured = (0, 0.0)

    @property
    def seconds(self) -> float:
        """Seconds of training."""
        return self._before + time.perf_counter() - self._begun

    @property
    def progress(self) -> float:
        """Part of the training that is done, 1 at its end."""
        by_steps = 0.0 if self._steps is None else self.step / self._steps
        by_time = 0.0 if self._limit is None else self.seconds / self._limit
        return max(by_steps, by_time)

    @property
    def is_timed(self) -> bool:
        """Whether the time is limited."""
        return self._limit is not None

    def steps_left(self, rough: float) -> int:
        """Return how many steps are to come if all are as the next one.

        Args:
            rough: seconds of a step, as long as none was taken since `measure`.
        """
        left = [] if self._steps is None else [self._steps - self.step]
        if self._limit is not None:
            steps, seconds = self.step - self._measured[0], self.seconds - self._measured[1]
            each = seconds / steps if steps else rough
            left.append(max(1, round((self._limit - self.seconds) / each)))
        return min(left)

    def measure(self) -> None:
        """Begin to measure how long a step takes: those to come are of another size."""
        self._measured = self.step, self.seconds

    def state(self) -> dict[str, Any]:
        """Return the step and the seconds, for `restore`."""
        return {"step": self.step, "seconds": self.seconds}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Continue from `state()`."""
        self.step = int(state["step"])
        self._before, self._begun = float(state["seconds"]), time.perf_counter()
        self.measure()
