"""The executor of this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from stylekit.runs.executor import Event, RunRequest, Task
from stylekit_plugins.execution.batch import Batch
from stylekit_plugins.execution.estimates.estimate import Estimate
from stylekit_plugins.execution.session import Session


class Local:
    """Carries out runs in this process, one result after the other.

    What one request has loaded stays loaded for the next one that needs the same.
    """

    def __init__(self, params: None) -> None:
        self._session: Session | None = None

    def tasks(self, request: RunRequest) -> Sequence[tuple[Task, Path | None]]:
        """Return the results to make, and the file of each.

        Raises:
            UsageError: the method cannot do it, or there is nothing to do.
            InputError: a source is missing or empty, or a file cannot be written.
        """
        return self._batch(request).tasks()

    def execute(self, request: RunRequest) -> Iterator[Event]:
        """Do the work; see `stylekit.runs.executor.Executor`."""
        return self._batch(request).run()

    def estimate(self, request: RunRequest) -> tuple[Sequence[tuple[Task, Path | None]], Estimate]:
        """Return the results to make, and what they take.

        Raises:
            StylekitError: `execute` would refuse the same.
        """
        return self._batch(request).estimate()

    def _batch(self, request: RunRequest) -> Batch:
        if self._session is None or not self._session.matches(request):
            self._session = Session(request)
        return Batch(request, self._session)
