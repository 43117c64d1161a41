"""The results and the failures of a run, as its workers report them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from stylekit.errors import InputError, MemoryLimitError, StylekitError, one_line
from stylekit.events import Skipped
from stylekit.images.frames import Clip
from stylekit.inputs.sources import Sources
from stylekit.result import TaskResult
from stylekit.runs.executor import RunRequest, Task
from stylekit_ray.messages import Done, Failed

MOST_ERRORS = 3
"""After so many unexpected errors in a row the fault is not in an image."""


class Collector:
    """Turns the reports of workers into events of the run.

    Args:
        work: all results of the run.
    """

    def __init__(self, request: RunRequest, work: Sequence[tuple[Task, Path | None]]) -> None:
        self._work = work
        self._sources = Sources(request.plan.catalogue, request.plan.config.tables)
        self._several_styles = len({task.styles for task, _ in work}) > 1
        self._errors_in_a_row = 0

    def result(self, done: Done) -> TaskResult:
        """Return a result; one that is written is read from its file when it is used."""
        self._errors_in_a_row = 0
        artifact = done.result.artifact
        if artifact is None:
            return done.result
        path = str(artifact.path)
        clip: Clip = (
            self._sources.read(path)
            if done.is_video
            else self._sources.read_later(path, self._work[done.number][0].content)
        )
        return replace(done.result, clip=clip)

    def failure(self, failed: Failed) -> tuple[Skipped, set[int]]:
        """Return the skipped input, and the numbers of the results that cannot be made either.

        Raises:
            StylekitError: no other result can be made either.
            Exception: likewise, or it is the only result.
        """
        error, task = failed.error, self._work[failed.number][0]
        is_expected = isinstance(error, StylekitError)
        if not is_expected:
            self._errors_in_a_row += 1
        if (
            len(self._work) == 1
            or (is_expected and not isinstance(error, InputError | MemoryLimitError))
            or self._errors_in_a_row >= MOST_ERRORS
        ):
            raise error
        message = error.message if isinstance(error, StylekitError) else f"{one_line(error)}."
        if failed.started or isinstance(error, MemoryLimitError) or not self._several_styles:
            return Skipped(self.name(failed.number), message), set()
        # Its content cannot be read, whatever the style.
        same = {n for n, (other, _) in enumerate(self._work) if other.content == task.content}
        return Skipped(task.content, message), same

    def name(self, number: int) -> str:
        """Return the name of a result in a list of failures."""
        task = self._work[number][0]
        return task.name if self._several_styles else task.content
