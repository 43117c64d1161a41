"""Shuffled batches: another executor does the work."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from stylekit.runs import Event, Executor, RunRequest, Task, configured
from stylekit.specs import ExecutorSpec

from stylekit_charcoal.params import CharcoalParams


class CharcoalExecutor:
    """Carries out runs in random order."""

    def __init__(self, params: CharcoalParams) -> None:
        self.params = params

    def tasks(self, request: RunRequest) -> Sequence[tuple[Task, Path | None]]:
        """Return the results to make, and the file of each."""
        tasks = list(self._worker(request).tasks(request))
        random.Random(self.params.seed).shuffle(tasks)
        return tasks

    def execute(self, request: RunRequest) -> Iterator[Event]:
        """Do the work, yielding what happens."""
        shuffled = replace(request, tasks=self.tasks(request))
        return self._worker(request).execute(shuffled)

    def _worker(self, request: RunRequest) -> Executor:
        component = request.plan.catalogue.find(ExecutorSpec, self.params.executor)
        worker: Executor = configured(component, request.plan.config).make()
        return worker
