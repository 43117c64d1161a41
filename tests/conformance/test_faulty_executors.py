"""Executors with one fault each. See `faults`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PIL import Image
from tests.helpers.faulty_components import fault

from stylekit.errors import InputError
from stylekit.events import RunStarted, Skipped, Step
from stylekit.result import TaskResult
from stylekit.runs.executor import Event, RunRequest, Task
from stylekit.testing import ExecutorSuite
from stylekit_plugins.execution.local import Local

executor = partial(fault, ExecutorSuite, attributes={"discover": True})
"""What it runs, reads and writes is of the installed plugins."""


@executor()
class Sound:
    """Leaves the work to another one."""

    def __init__(self, params: None) -> None:
        self.inner = Local(params)

    def tasks(self, request: RunRequest) -> Sequence[tuple[Task, Path | None]]:
        return self.inner.tasks(request)

    def execute(self, request: RunRequest) -> Iterator[Event]:
        yield from self.inner.execute(request)


@executor("test_tasks_are_all_that_is_requested", "`tasks` returns")
class ForgetsOne(Sound):
    def tasks(self, request: RunRequest) -> Sequence[tuple[Task, Path | None]]:
        return super().tasks(request)[1:]


@executor("test_files_are_those_of_the_built_in_one", "has other pixels")
class Approximates(Sound):
    def execute(self, request: RunRequest) -> Iterator[Event]:
        for event in super().execute(request):
            if isinstance(event, TaskResult) and event.artifact is not None:
                image = Image.open(event.artifact.path).convert("RGB")
                image.putpixel((0, 0), (255, 0, 255))
                image.save(event.artifact.path)
                digest = hashlib.sha256(event.artifact.path.read_bytes()).hexdigest()
                event = replace(event, artifact=replace(event.artifact, sha256=digest))
            yield event


@executor("test_steps_come_as_they_are_done", "came with 0 steps")
class Silent(Sound):
    def execute(self, request: RunRequest) -> Iterator[Event]:
        return (event for event in super().execute(request) if not isinstance(event, Step))


@executor("test_result_is_complete", "`result.clips` has 4")
class ReportsTheLastTwice(Sound):
    def execute(self, request: RunRequest) -> Iterator[Event]:
        written = 0
        for event in super().execute(request):
            yield event
            written += isinstance(event, TaskResult) and event.artifact is not None
        if written == 3:
            yield replace(event, artifact=None)


@executor("test_nothing_is_written_unasked", "was written")
class Hoards(Sound):
    def execute(self, request: RunRequest) -> Iterator[Event]:
        for event in super().execute(request):
            if isinstance(event, TaskResult) and not request.write:
                event.image.to_pil().save("for-later.png")
            yield event


@executor("test_a_bad_content_stops_nothing", "1 results were made")
class GivesUp(Sound):
    def execute(self, request: RunRequest) -> Iterator[Event]:
        for event in super().execute(request):
            yield event
            if isinstance(event, Skipped):
                raise InputError(f"{event.name} is bad.")


@executor("test_lifecycle_hooks_are_called", "run_started was not called")
class ReportsNoStart(Sound):
    def execute(self, request: RunRequest) -> Iterator[Event]:
        return (event for event in super().execute(request) if not isinstance(event, RunStarted))
