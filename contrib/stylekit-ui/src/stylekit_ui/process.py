"""Processes that do the work: the page's own never loads torch, and never waits for it.

A process for each run also keeps runs apart: random numbers, memory, and Ctrl-C are a process's.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext

from stylekit_ui.messages import Failed, Made, Report, Shown, Task

_WORKER = "stylekit_ui.worker"


def _context() -> ForkServerContext | SpawnContext:
    # Python would begin its search for modules in the working folder, where a `json.py` that came
    # with somebody's pictures may lie.
    os.environ["PYTHONSAFEPATH"] = "1"
    # A fork of a process that holds torch starts at once, but only Linux forks safely beside it.
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_WORKER])
    return context


def warm_up() -> None:
    """Let what the processes need load in the background."""
    if sys.platform == "linux":
        from multiprocessing.forkserver import ensure_running

        _context()
        ensure_running()


class Child:
    """A process at work.

    Args:
        task: what it does.
    """

    def __init__(self, task: Task) -> None:
        context = _context()
        self._line, other_end = context.Pipe()
        self._process = context.Process(
            target=_work, args=(other_end, task), name="stylekit-ui-work"
        )
        self._process.start()
        other_end.close()
        self._ended = False

    def reports(self) -> list[Report]:
        """Return what it said since, without waiting; the last of all is an outcome."""
        found: list[Report] = []
        try:
            while not self._ended and self._line.poll():
                report: Report = self._line.recv()
                found.append(report)
                self._ended = isinstance(report, Made | Shown | Failed)
        except (EOFError, OSError):
            self._ended = True
            self._process.join()
            found.append(
                Failed(
                    f"The run's process ended without a word (code {self._process.exitcode}).",
                    "If the memory was full, a smaller size takes less.",
                )
            )
        return found

    @property
    def works(self) -> bool:
        """Whether the process is still there."""
        return bool(self._process.is_alive())

    def stop(self) -> None:
        """Let it keep what there is, as Ctrl-C does."""
        with suppress(OSError):
            self._line.send(None)

    def close(self) -> None:
        """Listen no longer. What is still at work keeps what there is, and ends."""
        self._line.close()

    def join(self) -> None:
        """Wait until it has ended."""
        self._process.join()


def _work(line: Connection, task: Task) -> None:
    from stylekit_ui.worker import work

    work(line, task)
