"""Events of one result after the other, although several are made at a time."""

from __future__ import annotations

from collections.abc import Iterator

from stylekit.runs.executor import Event


class EventBuffer:
    """Lets the events of the earliest result through, and keeps the others until it is complete.

    Progress bars and logs cannot show steps of one image among the stages of another.
    """

    def __init__(self) -> None:
        # In the order in which the results were begun.
        self._events: dict[int, list[Event]] = {}
        self._complete: set[int] = set()

    def add(self, number: int, event: Event) -> None:
        """Add an event of a result."""
        self._events.setdefault(number, []).append(event)

    def complete(self, number: int) -> None:
        """Note that no more events of a result will come."""
        if number in self._events:
            self._complete.add(number)

    def forget(self, number: int) -> None:
        """Drop the events of a result that is lost; it may be begun again."""
        self._events.pop(number, None)

    def complete_all(self) -> None:
        """Note that no more events will come."""
        self._complete.update(self._events)

    def take(self) -> Iterator[Event]:
        """Yield the events that may be seen now, each once."""
        while self._events:
            number, events = next(iter(self._events.items()))
            while events:
                yield events.pop(0)
            if number not in self._complete:
                return
            del self._events[number]
            self._complete.remove(number)
