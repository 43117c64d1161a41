"""What a run has made, and what it could not make."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from stylekit.errors import InputError, MemoryLimitError, StylekitError, one_line
from stylekit.images.frames import Clip
from stylekit.inputs.sources import Sources
from stylekit.result import Result
from stylekit.runs.executor import RunRequest, Task
from stylekit_ray.messages import Done, Failed

_log = logging.getLogger(f"stylekit.{__name__}")

MOST_ERRORS = 3
"""After so many unforeseen errors in a row the fault is not a picture's."""


class Books:
    """Keeps the result of a run, while parts of it come in any order.

    Args:
        work: all results to make.
    """

    def __init__(
        self, order: RunRequest, result: Result, work: Sequence[tuple[Task, Path | None]]
    ) -> None:
        self._result = result
        self._work = work
        self._sources = Sources(order.plan.catalogue, order.plan.config.tables)
        self._several_styles = len({task.styles for task, _ in work}) > 1
        # By the identity of clips and artifacts, which may be many and may be taken out.
        self._numbers: dict[int, int] = {}
        self._latest = -1
        self._in_a_row = 0

    def enter(self, done: Done) -> None:
        """Enter a result."""
        result = self._result
        self._in_a_row = 0
        if done.artifact is not None:
            result.artifacts.append(done.artifact)
            self._numbers[id(done.artifact)] = done.number
        clip = done.clip or self._in_file(done)
        result.clips.append(clip)
        self._numbers[id(clip)] = done.number
        result.steps += done.steps
        result.peak_memory_mb = max(result.peak_memory_mb, done.peak_memory_mb)
        result.interrupted = result.interrupted or done.interrupted
        if done.number > self._latest:
            self._latest = done.number
            result.losses, result.record = dict(done.losses), dict(done.record)

    def fail(self, failed: Failed) -> set[int]:
        """Enter that a result cannot be made; return those that need not be tried any more.

        Raises:
            StylekitError: no other result can be made either.
            Exception: likewise, or it is the only one.
        """
        error, task = failed.error, self._work[failed.number][0]
        foreseen = isinstance(error, StylekitError)
        if not foreseen:
            self._in_a_row += 1
        if (
            len(self._work) == 1
            or (foreseen and not isinstance(error, InputError | MemoryLimitError))
            or self._in_a_row >= MOST_ERRORS
        ):
            raise error
        message = error.message if isinstance(error, StylekitError) else f"{one_line(error)}."
        if failed.begun or isinstance(error, MemoryLimitError) or not self._several_styles:
            self.leave_out(self.name(failed.number), message)
            return set()
        # Its content cannot be read, whatever the style.
        self.leave_out(task.content, message)
        return {n for n, (other, _) in enumerate(self._work) if other.content == task.content}

    def leave_out(self, name: str, message: str) -> None:
        """Enter why something is missing, and tell it once."""
        if name not in self._result.failures:
            self._result.failures[name] = message
            _log.warning(f"{message} It is left out.")

    def name(self, number: int) -> str:
        """Return what a result is called in a list of failures."""
        task = self._work[number][0]
        return task.name if self._several_styles else task.content

    def close(self) -> None:
        """Put what came in any order into the order in which it was asked for."""
        self._result.clips.sort(key=lambda clip: self._numbers[id(clip)])
        self._result.artifacts.sort(key=lambda artifact: self._numbers[id(artifact)])

    def _in_file(self, done: Done) -> Clip:
        """Return a result that is read when it is looked at: many would fill the memory."""
        assert done.artifact is not None
        path = str(done.artifact.path)
        if done.is_video:
            return self._sources.read(path)
        return self._sources.read_later(path, self._work[done.number][0].content)
