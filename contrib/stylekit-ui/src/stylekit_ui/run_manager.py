"""Queue of runs: one for each tab of each open page, a limited number at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

from stylekit_ui.messages import (
    Failure,
    LogLine,
    Outcome,
    QueuedRequest,
    RunProgress,
    WorkerMessage,
)
from stylekit_ui.process import WorkerProcess

POLL_SECONDS = 0.1
"""Interval at which the messages of a worker are read."""

Key = tuple[str, str]
"""An open page and its tab."""


class QueuedRun:
    """A run that waits, works or has ended."""

    def __init__(self, request: QueuedRequest) -> None:
        self.request = request
        self.worker: WorkerProcess | None = None
        self.stopped = False

    def stop(self) -> None:
        """Stop the run and keep its best result; a run that waits does not start."""
        self.stopped = True
        if self.worker is not None:
            self.worker.stop()


class RunManager:
    """Runs the requests of all open pages.

    Args:
        at_once: number of runs that work at the same time.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = max(1, at_once)
        self._runs: dict[Key, QueuedRun] = {}
        self._detached: list[WorkerProcess] = []

    async def stream(self, key: Key, request: QueuedRequest) -> AsyncIterator[WorkerMessage]:
        """Run a request in its turn and yield its messages; the last one is the outcome.

        If the page closes, its run stops and keeps its best result.
        """
        if key in self._runs:
            yield Failure("This tab already has a run.", "Stop it first, or open another page.")
            return
        run = self._runs[key] = QueuedRun(request)
        try:
            async for message in self._messages(run):
                yield message
        finally:
            del self._runs[key]
            if run.worker is not None:
                run.worker.close()
                workers = (*self._detached, run.worker)
                self._detached = [worker for worker in workers if worker.is_alive]

    async def _messages(self, run: QueuedRun) -> AsyncIterator[WorkerMessage]:
        last_ahead = 0
        while (ahead := self._runs_ahead(run)) and not run.stopped:
            if ahead != last_ahead:
                yield LogLine(f"Waiting for {ahead} other run{'s' if ahead > 1 else ''} to finish")
            last_ahead = ahead
            await asyncio.sleep(POLL_SECONDS)
        if run.stopped:
            yield Failure("Stopped before the run started; no file was written.")
            return
        # In a thread: the first worker waits until the shared modules have loaded.
        try:
            concurrent = 1 + sum(each.worker is not None for each in self._runs.values())
            request = replace(run.request, concurrent_runs=concurrent)
            run.worker = await asyncio.to_thread(WorkerProcess, request)
        except OSError as error:
            yield Failure(f"Cannot start a process: {error}.", "The memory may be full.")
            return
        if run.stopped:
            run.worker.stop()
        while True:
            for message in drop_outdated_progress(run.worker.receive()):
                yield message
                if isinstance(message, Outcome):
                    return
            await asyncio.sleep(POLL_SECONDS)

    def _runs_ahead(self, run: QueuedRun) -> int:
        """Return the number of runs that must end before `run` can start."""
        return max(0, list(self._runs.values()).index(run) - self._at_once + 1)

    def stop(self, key: Key) -> None:
        """Stop the run of a tab, if it has one."""
        if run := self._runs.get(key):
            run.stop()

    def close_page(self, page: str) -> None:
        """Stop the runs of a page that was closed."""
        # A copy: other threads start and end runs at the same time.
        for key, run in list(self._runs.items()):
            if key[0] == page:
                run.stop()

    def close(self) -> None:
        """Stop all runs and wait until their results are saved."""
        active = [run.worker for run in list(self._runs.values()) if run.worker is not None]
        for worker in active:
            worker.stop()
        for worker in [*active, *self._detached]:
            worker.join()


def drop_outdated_progress(messages: Sequence[WorkerMessage]) -> list[WorkerMessage]:
    """Return the messages with only the latest progress."""
    progress = [index for index, each in enumerate(messages) if isinstance(each, RunProgress)]
    outdated = set(progress[:-1])
    return [message for index, message in enumerate(messages) if index not in outdated]


async def wait_for_outcome(
    worker: WorkerProcess, is_outdated: Callable[[], bool] = lambda: False
) -> Outcome | None:
    """Wait for the outcome of a short request; None: it is outdated, and its worker was stopped."""
    try:
        while not is_outdated():
            for message in worker.receive():
                if isinstance(message, Outcome):
                    return message
            await asyncio.sleep(POLL_SECONDS / 4)
        return None
    finally:
        worker.close()
