"""Observers hear of one result after the other, although several are made at a time."""

from __future__ import annotations

from typing import Any, Protocol


class Emit(Protocol):
    """Calls a lifecycle hook."""

    def __call__(self, hook: str, /, **facts: Any) -> None:
        """Call it."""


class Narration:
    """Tells of the result that was begun first as it grows, and keeps the others until it is done.

    A bar or a log could make nothing of steps of one picture among the stages of another.
    """

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        # In the order in which they were begun.
        self._kept: dict[int, list[tuple[str, dict[str, Any]]]] = {}
        self._complete: set[int] = set()

    def note(self, number: int, hook: str, **facts: Any) -> None:
        """Tell, or keep, what happened to a result."""
        self._kept.setdefault(number, []).append((hook, facts))
        self._tell()

    def complete(self, number: int) -> None:
        """Nothing more will happen to a result."""
        if number in self._kept:
            self._complete.add(number)
            self._tell()

    def forget(self, number: int) -> None:
        """What a result had come to is lost; it may be begun again."""
        self._kept.pop(number, None)
        self._tell()

    def end(self) -> None:
        """Tell everything."""
        self._complete.update(self._kept)
        self._tell()

    def _tell(self) -> None:
        while self._kept:
            number, events = next(iter(self._kept.items()))
            for hook, facts in events:
                self._emit(hook, **facts)
            events.clear()
            if number not in self._complete:
                return
            del self._kept[number]
            self._complete.remove(number)
