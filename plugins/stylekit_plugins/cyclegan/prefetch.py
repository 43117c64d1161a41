"""Read the next batch while an accelerator works on this one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Place = TypeVar("Place")
Result = TypeVar("Result")


def prefetch(read: Callable[[Place], Result], places: Iterable[Place]) -> Iterator[Result]:
    """Yield `read` of each place, in order; a thread reads the next one meanwhile.

    One thread, so that `read` need not be thread-safe. Its error is raised when its place comes.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="reading") as thread:
        pending: Future[Result] | None = None
        for place in places:
            following = thread.submit(read, place)
            if pending is not None:
                yield pending.result()
            pending = following
        if pending is not None:
            yield pending.result()
