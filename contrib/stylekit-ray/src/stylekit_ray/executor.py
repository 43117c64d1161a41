"""The executor that makes results on the workers of a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from stylekit.errors import InputError, MemoryLimitError, StylekitError, UsageError, one_line
from stylekit.events import Skipped
from stylekit.inputs.sources import Sources
from stylekit.inputs.styles import read_styles
from stylekit.runs.executor import Event, Executor, RunRequest, Task
from stylekit.runs.plan import configured
from stylekit.specs import ExecutorSpec
from stylekit.weights.manager import WeightsManager
from stylekit_ray.collector import Collector
from stylekit_ray.params import RayParams
from stylekit_ray.task_queue import TaskQueue
from stylekit_ray.worker import PERIOD
from stylekit_ray.worker_setup import make_setup

Work = Sequence[tuple[Task, Path | None]]


class RayExecutor:
    """Distributes results over workers, each of which makes them as this process would."""

    def __init__(self, params: RayParams) -> None:
        self._params = params

    def tasks(self, request: RunRequest) -> Work:
        """Return the results to make, and the file of each.

        Raises:
            StylekitError: a source is missing, or a file cannot be written.
        """
        return self._inner(request).tasks(request)

    def execute(self, request: RunRequest) -> Iterator[Event]:
        """Do the work; yield some of the steps. See `stylekit.runs.executor.Executor`."""
        try:
            # Imported late: a misspelled name is an error before Ray loads.
            from stylekit_ray.cluster import cluster
            from stylekit_ray.scheduler import Scheduler
            from stylekit_ray.worker_pool import WorkerPool
        except ImportError as error:
            raise StylekitError(
                f"Ray cannot be imported: {one_line(error)}", "pip install ray"
            ) from None
        params, plan = self._params, request.plan
        threads = params.threads or torch.get_num_threads()
        work = self.tasks(request)
        skipped, numbers = _check_styles(request, work)
        yield from skipped
        tasks = [work[number][0] for number in numbers]
        setup = make_setup(request, tasks, params.executor, threads, params.snapshots)
        with cluster(params.address, params.workers and params.workers * threads):
            cpus, gpus, capacity = _capacity(params, threads, plan.config.device)
            count = min(params.workers or capacity, len(numbers))
            pool = WorkerPool(setup, request.in_memory, count, cpus, gpus)
            try:
                queue = TaskQueue(numbers, params.retries, PERIOD)
                yield from Scheduler(work, Collector(request, work), queue, pool).run()
            finally:
                pool.close()

    def _inner(self, request: RunRequest) -> Executor:
        component = request.plan.catalogue.find(ExecutorSpec, self._params.executor)
        executor: Executor = configured(component, request.plan.config).make()
        if isinstance(executor, RayExecutor):
            raise UsageError(
                "ray.executor cannot be ray: a worker starts no cluster.",
                "Name the executor that makes results in a worker, for example execution:local.",
            )
        return executor


def _check_styles(request: RunRequest, work: Work) -> tuple[list[Skipped], list[int]]:
    """Return the styles that cannot be read, and the numbers of the results of the others.

    Raises:
        InputError: no style can be read.
        MemoryLimitError: likewise, for lack of memory.
    """
    plan = request.plan
    sources = Sources(plan.catalogue, plan.config.tables)
    weights = WeightsManager(plan.catalogue, plan.config.tables, offline=True)
    network_of_styles = plan.frame_method.make().network_of_styles
    groups = dict.fromkeys(task.styles for task, _ in work)
    readable = set(groups)
    skipped: list[Skipped] = []
    for group in groups:
        try:
            on_disk = [style for style in group if style.source not in request.in_memory]
            read_styles(on_disk, network_of_styles, sources.read_image, weights)
        except (InputError, MemoryLimitError) as error:
            readable.remove(group)
            if not readable:
                raise
            skipped.append(Skipped(group[0].source, error.message))
    numbers = [number for number, (task, _) in enumerate(work) if task.styles in readable]
    return skipped, numbers


def _capacity(params: RayParams, threads: int, device: str) -> tuple[float, float, int]:
    """Return the CPUs and GPUs of a worker, and how many workers fit into the cluster."""
    import ray

    resources = ray.cluster_resources()
    # A machine whose CPUs are rationed may have fewer than torch sees.
    cpus = min(float(threads), resources.get("CPU") or threads)
    gpus = params.gpus
    if gpus is None:
        gpus = 1.0 if device != "cpu" and resources.get("GPU") else 0.0
    capacity = resources.get("CPU", 0.0) // cpus
    if gpus:
        capacity = min(capacity, resources.get("GPU", 0.0) // gpus)
    return cpus, gpus, max(1, int(capacity))
