"""Threads that compute side by side, and share the threads of torch.

torch divides each operation between its threads, and waits for all of them at its end. Where many
short operations follow each other, parts that are computed side by side, each by one thread, are
faster, above all on a busy machine (benchmarks/notes/speed.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Barrier, Thread

import torch


def start_threads(
    works: Sequence[Callable[[], None]], name: str, torch_threads: int
) -> list[Thread]:
    """Start a thread for each work, and return when all have begun.

    The threads are daemons, unlike those of `concurrent.futures`: a run that is stopped at the exit
    of the program still computes.

    Args:
        torch_threads: between which torch divides the operations of each of them.
    """
    started = Barrier(len(works) + 1)

    def begin(work: Callable[[], None]) -> None:
        # The first question makes the number this thread's own; the default may change then.
        torch.get_num_threads()
        started.wait()
        work()

    threads = [
        Thread(target=begin, args=(work,), name=f"{name}-{number}", daemon=True)
        for number, work in enumerate(works)
    ]
    before = torch.get_num_threads()
    torch.set_num_threads(torch_threads)
    for thread in threads:
        thread.start()
    started.wait()
    torch.set_num_threads(before)
    return threads
