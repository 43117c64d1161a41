"""The executor of this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from stylekit.events import Step
from stylekit.result import Result
from stylekit.runs.executor import RunRequest, Task
from stylekit_plugins.execution.batch import Execution
from stylekit_plugins.execution.session import Session


class Local:
    """Carries out runs in this process, one result after the other.

    What an order has loaded stays loaded for the next one that needs the same.
    """

    def __init__(self, params: None) -> None:
        self._workshop: Session | None = None

    def tasks(self, order: RunRequest) -> Sequence[tuple[Task, Path | None]]:
        """Return what an order makes, and the file that each goes to.

        Raises:
            UsageError: the method cannot do it, or there is nothing to do.
            InputError: a source is missing or empty, or a file cannot be written.
        """
        return self._execution(order, Result()).work()

    def execute(self, order: RunRequest, result: Result) -> Iterator[Step]:
        """Do the work, a step at a time; see `stylekit.runs.executor.Executor`.

        Raises:
            StylekitError: see its subclasses.
        """
        return self._execution(order, result).steps()

    def _execution(self, order: RunRequest, result: Result) -> Execution:
        if self._workshop is None or not self._workshop.suits(order):
            self._workshop = Session(order)
        return Execution(order, result, self._workshop)
