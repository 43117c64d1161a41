"""The executor: makes results on the workers of a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from stylekit.errors import InputError, MemoryLimitError, StylekitError, UsageError, one_line
from stylekit.events import Step
from stylekit.inputs.sources import Sources
from stylekit.result import Result
from stylekit.runs.executor import Executor, RunRequest, Task
from stylekit.runs.plan import configured
from stylekit.specs import ExecutorSpec
from stylekit_ray.collector import Books
from stylekit_ray.params import RayParams
from stylekit_ray.task_queue import Agenda
from stylekit_ray.worker import PERIOD
from stylekit_ray.worker_setup import brief

Work = Sequence[tuple[Task, Path | None]]


class RayExecutor:
    """Gives results out to workers, each of which makes them as this process would."""

    def __init__(self, params: RayParams) -> None:
        self._params = params

    def tasks(self, order: RunRequest) -> Work:
        """Return what an order makes, and the file that each result goes to.

        Raises:
            StylekitError: a source is missing, or a file cannot be written.
        """
        return self._inner(order).tasks(order)

    def execute(self, order: RunRequest, result: Result) -> Iterator[Step]:
        """Do the work, yielding some of the steps; see `stylekit.runs.executor.Executor`.

        Raises:
            StylekitError: see its subclasses.
        """
        try:
            # Only now: a wrong name should not have to wait for Ray.
            from stylekit_ray.cluster import cluster
            from stylekit_ray.scheduler import Running
            from stylekit_ray.worker_pool import Crew
        except ImportError as error:
            raise StylekitError(
                f"Ray cannot be imported: {one_line(error)}", "pip install ray"
            ) from None
        params, plan = self._params, order.plan
        threads = params.threads or torch.get_num_threads()
        work = self.tasks(order)
        books = Books(order, result, work)
        numbers = _with_good_styles(order, work, books)
        tasks = [work[number][0] for number in numbers]
        job = brief(order, tasks, params.executor, threads, params.snapshots)
        with cluster(params.address, params.workers and params.workers * threads):
            cpus, gpus, room = _room(params, threads, plan.config.device)
            crew = Crew(job, order.in_memory, min(params.workers or room, len(numbers)), cpus, gpus)
            try:
                agenda = Agenda(numbers, params.retries, PERIOD)
                yield from Running(order, result, work, books, agenda, crew).steps()
            finally:
                crew.end()

    def _inner(self, order: RunRequest) -> Executor:
        component = order.plan.catalogue.find(ExecutorSpec, self._params.executor)
        executor: Executor = configured(component, order.plan.config).make()
        if isinstance(executor, RayExecutor):
            raise UsageError(
                "ray.executor: inside a worker there is no further cluster.",
                "It says what makes the results there, for example execution:local.",
            )
        return executor


def _with_good_styles(order: RunRequest, work: Work, books: Books) -> list[int]:
    """Return the numbers of the results whose styles can be read.

    Raises:
        InputError: no style can be.
        MemoryLimitError: likewise, for lack of memory.
    """
    sources = Sources(order.plan.catalogue, order.plan.config.tables)
    groups = dict.fromkeys(task.styles for task, _ in work)
    good = set(groups)
    for group in groups:
        try:
            for style in group:
                if style.source not in order.in_memory:
                    sources.read_image(style.source)
        except (InputError, MemoryLimitError) as error:
            good.remove(group)
            if not good:
                raise
            books.leave_out(group[0].source, error.message)
    return [number for number, (task, _) in enumerate(work) if task.styles in good]


def _room(params: RayParams, threads: int, device: str) -> tuple[float, float, int]:
    """Return CPUs and GPUs of a worker, and for how many workers the cluster has room."""
    import ray

    resources = ray.cluster_resources()
    # A machine whose CPUs are rationed may have fewer than torch sees.
    cpus = min(float(threads), resources.get("CPU") or threads)
    gpus = params.gpus
    if gpus is None:
        gpus = 1.0 if device != "cpu" and resources.get("GPU") else 0.0
    room = resources.get("CPU", 0.0) // cpus
    if gpus:
        room = min(room, resources.get("GPU", 0.0) // gpus)
    return cpus, gpus, max(1, int(room))
