"""Gives the results of a run to workers, and turns their reports into events."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import torch
from ray.exceptions import RayError

from stylekit.errors import StylekitError, UsageError, one_line
from stylekit.events import RunStarted, Skipped, Step
from stylekit.images.frames import Clip
from stylekit.runs.executor import Event, Task
from stylekit_ray.collector import Collector
from stylekit_ray.event_buffer import EventBuffer
from stylekit_ray.messages import (
    Assignment,
    Done,
    Failed,
    LogLine,
    Ready,
    Rejected,
    Report,
    StageStarted,
    StepFinished,
    WorkerEvent,
)
from stylekit_ray.task_queue import TaskQueue
from stylekit_ray.worker_pool import PATIENCE, WorkerHandle, WorkerPool

_log = logging.getLogger(f"stylekit.{__name__}")


class Scheduler:
    """Makes the results of one request with a pool of workers.

    Args:
        work: all results of the request; `queue` has the numbers of those to make.
    """

    def __init__(
        self,
        work: Sequence[tuple[Task, Path | None]],
        collector: Collector,
        queue: TaskQueue,
        pool: WorkerPool,
    ) -> None:
        self._work = work
        self._collector = collector
        self._queue = queue
        self._pool = pool
        self._logged: set[str] = set()
        self._buffer = EventBuffer()
        self._is_started = False

    def run(self) -> Iterator[Event]:
        """Make all results, yielding some of the steps; see `Executor.execute`."""
        try:
            while self._queue or self._pool.busy:
                reports = self._pool.reports()
                if not reports:
                    self._check_liveness()
                for worker, report in reports:
                    yield from self._on_report(worker, report)
                self._assign()
        except KeyboardInterrupt:
            yield from self._stop()
        self._buffer.complete_all()
        yield from self._buffer.take()

    def _stop(self) -> Iterator[Event]:
        """Let the workers write the best images so far.

        Raises:
            KeyboardInterrupt: there are none.
        """
        is_interrupted = False
        for report in self._pool.stop():
            for event in report:
                is_interrupted |= isinstance(event, Done) and event.result.interrupted
                yield from self._take(event)
        if not is_interrupted:
            self._buffer.complete_all()
            yield from self._buffer.take()
            raise KeyboardInterrupt

    def _on_report(self, worker: WorkerHandle, report: Report | RayError) -> Iterator[Event]:
        if isinstance(report, RayError):
            yield from self._on_worker_death(worker, report)
            return
        for event in report:
            if isinstance(event, Done | Failed):
                worker.in_flight.remove(event.number)
            elif isinstance(event, Ready):
                worker.ready = True
            elif isinstance(event, Rejected):
                self._remove(worker, event.error)
        # It works on while this process handles its report.
        if worker.in_flight:
            self._pool.submit(worker)
        elif worker.ready:
            self._assign_to(worker)
        for event in report:
            yield from self._take(event)

    def _take(self, event: WorkerEvent) -> Iterator[Event]:
        """Yield the events of the run that a worker's event leads to."""
        match event:
            case Ready() if not self._is_started:
                self._is_started = True
                yield RunStarted(event.device, len(self._work))
            case LogLine() if event.line not in self._logged:
                # All workers log the same of the same weights.
                self._logged.add(event.line)
                _log.log(event.level, event.line)
            case StageStarted():
                self._buffer.add(event.number, event.stage)
            case StepFinished():
                self._buffer.add(event.number, _step(event))
            case Done():
                self._queue.add_duration(event.seconds)
                self._buffer.add(event.number, self._collector.result(event))
                self._buffer.complete(event.number)
            case Failed():
                self._buffer.complete(event.number)
                skipped, unmakeable = self._collector.failure(event)
                yield skipped
                self._queue.drop(unmakeable)
        yield from self._buffer.take()

    # -- workers --------------------------------------------------------------------------------

    def _assign(self) -> None:
        for worker in self._pool.idle:
            self._assign_to(worker)

    def _assign_to(self, worker: WorkerHandle) -> None:
        numbers = self._queue.take(len(self._pool.workers))
        if numbers:
            is_retry = self._queue.is_retry
            self._pool.submit(worker, [Assignment(n, *self._work[n], is_retry(n)) for n in numbers])

    def _on_worker_death(self, worker: WorkerHandle, error: RayError) -> Iterator[Event]:
        """Give the results of a dead worker to others."""
        if not worker.ready:
            died = StylekitError(
                f"A worker died before it began: {one_line(error)[:400]}",
                "stylekit, stylekit-ray and all plugins must be installed on every machine of "
                "the cluster, in the same versions.",
            )
            self._remove(worker, died)
            return
        self._pool.kill(worker)
        names = ", ".join(self._collector.name(number) for number in worker.in_flight)
        _log.warning(f"A worker died; it had {names or 'nothing'}.")
        _log.debug(one_line(error))
        for number in worker.in_flight:
            self._buffer.forget(number)
        for number in self._queue.requeue(worker.in_flight):
            name = self._collector.name(number)
            lost = f"Every worker that was given {name} died."
            if len(self._work) == 1:
                raise StylekitError(lost, "It may need more memory than there is: try --size.")
            yield Skipped(name, lost)
        if self._queue:
            self._pool.spawn()

    def _remove(self, worker: WorkerHandle, error: Exception) -> None:
        """Continue without a worker.

        Raises:
            Exception: it was the last one.
        """
        self._pool.kill(worker)
        if not self._pool.workers:
            raise error
        _log.warning(f"A worker cannot be used. {one_line(error)}")

    def _check_liveness(self) -> None:
        """Warn if no worker has begun."""
        if not any(worker.ready for worker in self._pool.workers):
            _log.warning(
                f"No worker has begun within {PATIENCE:.0f} s; the cluster may have no room. "
                "ray.threads and ray.gpus say what each one needs."
            )


def _step(event: StepFinished) -> Step:
    losses = {name: torch.tensor(loss) for name, loss in event.losses.items()}
    return Step(event.stage, event.index, losses, partial(_snapshot, event), frame=event.frame)


def _snapshot(event: StepFinished) -> Clip:
    if event.snapshot is None:
        raise UsageError(
            "The image so far is on a worker.", "--set ray.snapshots=true sends it with each step."
        )
    return event.snapshot
