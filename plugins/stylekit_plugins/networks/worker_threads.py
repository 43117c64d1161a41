"""Threads that work through parts of one computation, each with torch's operations to itself.

Here each thread computes whole parts alone, so that they wait for each other once, and not after
each of many short operations.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Lock
from typing import TypeVar

import torch

from stylekit.machine.threads import start_threads

T = TypeVar("T")


class _Threads:
    """Threads whose operations torch does not divide."""

    def __init__(self, count: int) -> None:
        self._tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        start_threads([self._work] * count, "stylekit-worker", torch_threads=1)

    def run(self, tasks: Sequence[Callable[[], None]]) -> None:
        """Run tasks, and wait for all of them.

        Raises:
            Exception: of the first task that failed.
        """
        done: SimpleQueue[BaseException | None] = SimpleQueue()

        def reporting(task: Callable[[], None]) -> Callable[[], None]:
            def run() -> None:
                try:
                    # The mode belongs to a thread.
                    with torch.inference_mode():
                        task()
                except BaseException as error:
                    done.put(error)
                else:
                    done.put(None)

            return run

        for task in tasks:
            self._tasks.put(reporting(task))
        errors = [error for error in [done.get() for _ in tasks] if error is not None]
        if errors:
            raise errors[0]

    def _work(self) -> None:
        while True:
            self._tasks.get()()


_threads: dict[int, _Threads] = {}
_lock = Lock()


def for_each(parts: Sequence[T], work: Callable[[int, Sequence[T]], None]) -> None:
    """Call `work` with each thread's number and its parts, in as many threads as torch has.

    With fewer parts than threads, all are worked through in this thread, number 0, whose operations
    torch divides. Call it where gradients are not recorded.
    """
    count = torch.get_num_threads()
    if not is_divided(len(parts)):
        work(0, parts)
        return
    with _lock:
        threads = _threads.get(count)
        if threads is None:
            threads = _threads[count] = _Threads(count)
    threads.run([_share(parts, work, number, count) for number in range(count)])


def is_divided(parts: int) -> bool:
    """Return whether `for_each` uses threads for a number of parts."""
    return 1 < torch.get_num_threads() <= parts


def _share(
    parts: Sequence[T], work: Callable[[int, Sequence[T]], None], number: int, count: int
) -> Callable[[], None]:
    return lambda: work(number, parts[number::count])


def _forget() -> None:
    """Forget the threads: a forked process has none of them."""
    global _lock
    _lock = Lock()
    _threads.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
