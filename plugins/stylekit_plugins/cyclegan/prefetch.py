"""Reading the next batch while an accelerator works on this one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Place = TypeVar("Place")
Read = TypeVar("Read")


def ahead(read: Callable[[Place], Read], places: Iterable[Place]) -> Iterator[Read]:
    """Yield what is read at each place, in order; the next one is read meanwhile, in a thread.

    One thread, so that what is read from need not be safe for several. An error of `read` is raised
    when its place comes.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="reading") as thread:
        waiting: Future[Read] | None = None
        for place in places:
            following = thread.submit(read, place)
            if waiting is not None:
                yield waiting.result()
            waiting = following
        if waiting is not None:
            yield waiting.result()
