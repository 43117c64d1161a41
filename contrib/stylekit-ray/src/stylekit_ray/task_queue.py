"""Which results are left to make, how many a worker gets at once, and what is tried again."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

MOST = 64
"""A worker that dies loses no more results than this."""

_NEWEST = 0.2
"""Weight of the newest result in the mean time of one."""


class TaskQueue:
    """The results of a run, by number.

    Args:
        retries: how often a result is tried again whose worker died.
        period: seconds of work that a worker gets at once, if results are that quick.
    """

    def __init__(self, numbers: Iterable[int], retries: int, period: float) -> None:
        self._left = deque(numbers)
        self._retries = retries
        self._period = period
        self._mean_seconds: float | None = None
        self._deaths: Counter[int] = Counter()
        self._retried: set[int] = set()

    def __len__(self) -> int:
        return len(self._left)

    def take(self, workers: int) -> list[int]:
        """Take the next results for one of so many workers; an empty list: nothing is left."""
        if not self._left:
            return []
        count = 1
        if self._mean_seconds is not None:
            count = int(self._period / max(self._mean_seconds, 1e-3))
        # The last ones are shared evenly.
        count = max(1, min(count, MOST, len(self._left) // workers))
        taken: list[int] = []
        while self._left and len(taken) < count:
            if self._left[0] in self._retried and taken:
                break
            taken.append(self._left.popleft())
            if taken[-1] in self._retried:
                break
        return taken

    def is_retry(self, number: int) -> bool:
        """Return whether a worker died over a result, or perhaps did."""
        return number in self._retried

    def add_duration(self, seconds: float) -> None:
        """Update the mean time of a result."""
        before = seconds if self._mean_seconds is None else self._mean_seconds
        self._mean_seconds = before + _NEWEST * (seconds - before)

    def drop(self, numbers: set[int]) -> None:
        """Remove results."""
        self._left = deque(number for number in self._left if number not in numbers)

    def requeue(self, numbers: list[int]) -> list[int]:
        """Put back the results of a worker that died; return those that are given up.

        If it had several, nobody knows which of them it died over: from now on each is alone.
        """
        if len(numbers) == 1:
            self._deaths.update(numbers)
        given_up = [number for number in numbers if self._deaths[number] > self._retries]
        retried = [number for number in numbers if number not in given_up]
        self._retried.update(retried)
        self._left.extendleft(reversed(retried))
        return given_up
