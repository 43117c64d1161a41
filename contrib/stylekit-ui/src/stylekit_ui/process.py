"""Worker processes: the page's own process never loads torch and never waits for it.

Each run has a process, because random numbers, memory and Ctrl-C belong to a process.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext

from stylekit_ui.messages import Failure, Outcome, QueuedRequest, Request, WorkerMessage

_WORKER = "stylekit_ui.worker"


def _context() -> ForkServerContext | SpawnContext:
    # Otherwise Python would import modules from the working folder first, such as a `json.py` that
    # somebody sent along with images.
    os.environ["PYTHONSAFEPATH"] = "1"
    # A fork of a process that has loaded torch starts at once, but is safe only on Linux.
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_WORKER])
    return context


def warm_up() -> None:
    """Load the worker's modules in the background."""
    if sys.platform == "linux":
        from multiprocessing.forkserver import ensure_running

        _context()
        ensure_running()


class WorkerProcess:
    """A running worker.

    Args:
        request: the work to do.
    """

    def __init__(self, request: Request) -> None:
        context = _context()
        self._connection, other_end = context.Pipe()
        self._process = context.Process(
            target=_run,
            args=(other_end, request),
            name="stylekit-ui-worker",
            # Python stops daemons when the server ends; it would wait for others. Only what has
            # waited for its turn may have a result to save.
            daemon=not isinstance(request, QueuedRequest),
        )
        self._process.start()
        other_end.close()
        self._ended = False

    def receive(self) -> list[WorkerMessage]:
        """Return the new messages without waiting; the very last one is the outcome."""
        messages: list[WorkerMessage] = []
        try:
            while not self._ended and self._connection.poll():
                message: WorkerMessage = self._connection.recv()
                messages.append(message)
                self._ended = isinstance(message, Outcome)
        except (EOFError, OSError):
            self._ended = True
            self._process.join()
            messages.append(
                Failure(
                    f"The run's process ended unexpectedly (code {self._process.exitcode}).",
                    "If memory ran out, choose a smaller size.",
                )
            )
        return messages

    @property
    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return bool(self._process.is_alive())

    def stop(self) -> None:
        """Ask the run to stop and keep its best result, as Ctrl-C does."""
        with suppress(OSError):
            self._connection.send(None)

    def close(self) -> None:
        """Close the connection; a run in progress keeps its best result and ends."""
        self._connection.close()

    def join(self) -> None:
        """Wait until the process has ended."""
        self._process.join()


def _run(connection: Connection, request: Request) -> None:
    from stylekit_ui.worker import run_worker

    run_worker(connection, request)
