"""Which results are left to make, how many a worker is given at once, and what is tried again."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

MOST = 64
"""A worker that dies loses no more results than this."""

_NEWEST = 0.2
"""Share of the newest result in the mean time of one."""


class Agenda:
    """The results of a run, by number.

    Args:
        retries: how often one is tried again whose worker died.
        period: seconds of work that a worker is given at once, if results are that quick.
    """

    def __init__(self, numbers: Iterable[int], retries: int, period: float) -> None:
        self._left = deque(numbers)
        self._retries = retries
        self._period = period
        self._seconds: float | None = None
        self._deaths: Counter[int] = Counter()
        self._alone: set[int] = set()

    def __len__(self) -> int:
        return len(self._left)

    def hand_out(self, workers: int) -> list[int]:
        """Take the next results for one of so many workers; none: nothing is left."""
        if not self._left:
            return []
        count = 1
        if self._seconds is not None:
            count = int(self._period / max(self._seconds, 1e-3))
        # The last ones are shared out evenly.
        count = max(1, min(count, MOST, len(self._left) // workers))
        taken: list[int] = []
        while self._left and len(taken) < count:
            if self._left[0] in self._alone and taken:
                break
            taken.append(self._left.popleft())
            if taken[-1] in self._alone:
                break
        return taken

    def is_again(self, number: int) -> bool:
        """Return whether a worker died over a result, or perhaps did."""
        return number in self._alone

    def note(self, seconds: float) -> None:
        """Learn from a result how long one takes."""
        before = seconds if self._seconds is None else self._seconds
        self._seconds = before + _NEWEST * (seconds - before)

    def drop(self, numbers: set[int]) -> None:
        """Leave out results."""
        self._left = deque(number for number in self._left if number not in numbers)

    def give_back(self, numbers: list[int]) -> list[int]:
        """Put back what a worker had that died; return what is given up.

        If it had several, nobody knows which of them it died over: from now on each is alone.
        """
        if len(numbers) == 1:
            self._deaths.update(numbers)
        given_up = [number for number in numbers if self._deaths[number] > self._retries]
        again = [number for number in numbers if number not in given_up]
        self._alone.update(again)
        self._left.extendleft(reversed(again))
        return given_up
