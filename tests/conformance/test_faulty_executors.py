"""Executors with one fault each. See `faults`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pluggy
from PIL import Image
from tests.helpers.faulty_components import fault

from stylekit.errors import InputError
from stylekit.events import Step
from stylekit.result import Result
from stylekit.runs.executor import RunRequest, Task
from stylekit.testing import ExecutorSuite
from stylekit_plugins.execution.local import Local

executor = partial(fault, ExecutorSuite, attributes={"discover": True})
"""What it runs, reads and writes is of the installed plugins."""


@executor()
class Sound:
    """Leaves the work to another one."""

    def __init__(self, params: None) -> None:
        self.inner = Local(params)

    def tasks(self, order: RunRequest) -> Sequence[tuple[Task, Path | None]]:
        return self.inner.tasks(order)

    def execute(self, order: RunRequest, result: Result) -> Iterator[Step]:
        yield from self.inner.execute(order, result)


@executor("test_tasks_are_all_that_is_requested", "`tasks` returns")
class ForgetsOne(Sound):
    def tasks(self, order: RunRequest) -> Sequence[tuple[Task, Path | None]]:
        return super().tasks(order)[1:]


@executor("test_files_are_those_of_the_built_in_one", "has other pixels")
class Approximates(Sound):
    def execute(self, order: RunRequest, result: Result) -> Iterator[Step]:
        yield from super().execute(order, result)
        for k, artifact in enumerate(result.artifacts):
            image = Image.open(artifact.path).convert("RGB")
            image.putpixel((0, 0), (255, 0, 255))
            image.save(artifact.path)
            digest = hashlib.sha256(artifact.path.read_bytes()).hexdigest()
            result.artifacts[k] = replace(artifact, sha256=digest)


@executor("test_steps_come_as_they_are_done", "came with 0 steps")
class Silent(Sound):
    def execute(self, order: RunRequest, result: Result) -> Iterator[Step]:
        for _ in super().execute(order, result):
            pass
        yield from ()


@executor("test_result_is_complete", "`result.clips` has 0")
class KeepsNothing(Sound):
    def execute(self, order: RunRequest, result: Result) -> Iterator[Step]:
        yield from super().execute(order, result)
        result.clips.clear()


@executor("test_nothing_is_written_unasked", "was written")
class Hoards(Sound):
    def execute(self, order: RunRequest, result: Result) -> Iterator[Step]:
        yield from super().execute(order, result)
        if not order.write:
            result.image.to_pil().save("for-later.png")


@executor("test_a_bad_content_stops_nothing", "1 results were made")
class GivesUp(Sound):
    def execute(self, order: RunRequest, result: Result) -> Iterator[Step]:
        for each in self.tasks(order):
            try:
                yield from super().execute(replace(order, tasks=[each]), result)
            except InputError as error:
                result.failures[each[0].content] = error.message
                raise
        # As if it were one run.
        result.seconds = 1.0


@executor("test_lifecycle_hooks_are_called", "run_started was not called")
class TellsNobody(Sound):
    def execute(self, order: RunRequest, result: Result) -> Iterator[Step]:
        deaf = pluggy.PluginManager("stylekit")
        yield from super().execute(replace(order, manager=deaf), result)
