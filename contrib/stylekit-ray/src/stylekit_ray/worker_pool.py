"""The workers of a run: started, given work, and replaced when they die."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.exceptions import RayError

from stylekit.images.frames import Clip, Frame
from stylekit_ray.messages import Assignment, Report, WorkerSetup
from stylekit_ray.worker import Worker

PATIENCE = 30.0
"""Seconds without a report from any worker after which `reports` returns."""

GRACE = 10.0
"""Seconds that workers have to write what they have so far, when the user stops a run."""


@dataclass(eq=False)
class WorkerHandle:
    """A worker, as the user's machine sees it.

    Attributes:
        in_flight: numbers of the results that it was given and has not reported; the first is the
            one that it is making.
        ready: it has begun to work.
    """

    actor: Any
    in_flight: list[int] = field(default_factory=list)
    ready: bool = False


class WorkerPool:
    """The workers of a run.

    Args:
        in_memory: images of a Python caller, by source.
        count: how many to start; fewer begin while the cluster has no room.
        cpus: CPUs that Ray reserves for each.
        gpus: GPUs that Ray reserves for each.
    """

    def __init__(
        self,
        setup: WorkerSetup,
        in_memory: Mapping[str, Frame | Clip],
        count: int,
        cpus: float,
        gpus: float,
    ) -> None:
        self._actor_class = ray.remote(Worker).options(
            num_cpus=cpus, num_gpus=gpus, max_restarts=0, scheduling_strategy="SPREAD"
        )
        self._setup = ray.put(setup)
        self._in_memory = ray.put(dict(in_memory))
        self._pending: dict[Any, WorkerHandle] = {}
        self.workers: list[WorkerHandle] = []
        for _ in range(count):
            self.spawn()

    def spawn(self) -> None:
        """Request one more worker from the cluster."""
        worker = WorkerHandle(self._actor_class.remote(self._setup))
        self.workers.append(worker)
        self._pending[worker.actor.prepare.remote(self._in_memory)] = worker

    @property
    def busy(self) -> bool:
        """Whether any worker has something to make."""
        return any(worker.in_flight for worker in self.workers)

    @property
    def idle(self) -> list[WorkerHandle]:
        """The workers that are ready and have nothing to make."""
        return [worker for worker in self.workers if worker.ready and not worker.in_flight]

    def submit(self, worker: WorkerHandle, assignments: Sequence[Assignment] = ()) -> None:
        """Let a worker continue, with further results if there are any."""
        worker.in_flight += [assignment.number for assignment in assignments]
        self._pending[worker.actor.advance.remote(assignments)] = worker

    def reports(self) -> list[tuple[WorkerHandle, Report | RayError]]:
        """Wait for the next reports; an error in place of a report: the worker is dead.

        After `PATIENCE` without any the list is empty.
        """
        pending = list(self._pending)
        arrived, _ = ray.wait(pending, timeout=PATIENCE)
        if arrived:
            arrived, _ = ray.wait(pending, num_returns=len(pending), timeout=0)
        return [(self._pending.pop(each), _read(each)) for each in arrived]

    def kill(self, worker: WorkerHandle) -> None:
        """End a worker; the results that it has in flight are lost."""
        self.workers.remove(worker)
        # It may be alive, and only unreachable.
        ray.kill(worker.actor)

    def stop(self) -> list[Report]:
        """Let each worker write the best image so far; return the reports that come in time."""
        last = [each for each, worker in self._pending.items() if worker.ready]
        last += [worker.actor.stop.remote() for worker in self.workers if worker.in_flight]
        arrived, _ = ray.wait(last, num_returns=len(last), timeout=GRACE) if last else ([], [])
        reports = [_read(each) for each in last if each in set(arrived)]
        return [report for report in reports if not isinstance(report, RayError)]

    def close(self) -> None:
        """End all workers."""
        for worker in list(self.workers):
            self.kill(worker)


def _read(reference: Any) -> Report | RayError:
    try:
        report: Report = ray.get(reference)
    except RayError as error:
        return error
    return report
