"""Shuffled batches: another executor does the work."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from stylekit import Result, Step
from stylekit.runs import Executor, RunRequest, Task, configured
from stylekit.specs import ExecutorSpec

from stylekit_charcoal.params import CharcoalParams


class CharcoalExecutor:
    """Carries out runs in random order."""

    def __init__(self, params: CharcoalParams) -> None:
        self.params = params

    def tasks(self, order: RunRequest) -> Sequence[tuple[Task, Path | None]]:
        """Return what an order makes, and the file that each goes to."""
        tasks = list(self._worker(order).tasks(order))
        random.Random(self.params.seed).shuffle(tasks)
        return tasks

    def execute(self, order: RunRequest, result: Result) -> Iterator[Step]:
        """Do the work, yielding each step after it is done."""
        shuffled = replace(order, tasks=self.tasks(order))
        yield from self._worker(order).execute(shuffled, result)

    def _worker(self, order: RunRequest) -> Executor:
        component = order.plan.catalogue.find(ExecutorSpec, self.params.executor)
        worker: Executor = configured(component, order.plan.config).make()
        return worker
