"""A run as its caller sees it: steps to loop over, a result, and a way to stop."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Self

from stylekit.errors import Interrupted
from stylekit.events import Step
from stylekit.machine.interrupts import exhaust
from stylekit.result import Result
from stylekit.runs.executor import Execution
from stylekit.runs.plan import Plan

if TYPE_CHECKING:
    import pluggy


class Run:
    """The run of one plan. Loop over it for its steps, or call `to_end`.

    A run has its steps once: a second loop continues where the first one left off. After `break`,
    `stop()`, the end of a `with` block or the last reference, the run ends as after Ctrl-C: the
    best image so far is in `result`, and in its file if the run writes one.

    Args:
        options: those of `RunRequest`.
    """

    def __init__(self, plan: Plan, manager: pluggy.PluginManager, **options: Any) -> None:
        self.plan = plan
        self._execution = Execution(plan, manager, **options)
        self._steps: Generator[Step, None, None] | None = None
        self._left = self._stopping = False

    @property
    def result(self) -> Result:
        """The result so far; outside of a loop that was left early, this ends the run."""
        return self.stop() if self._left else self._execution.result

    def __iter__(self) -> Iterator[Step]:
        """Do the run, yielding each step after it is done.

        Raises:
            StylekitError: see its subclasses.
            Interrupted: Ctrl-C; the best image so far is in `result` and saved.
        """
        if self._steps is None:
            self._steps = self._execution.steps()
            weakref.finalize(self, _stop, self._steps)
        self._left = False
        for step in self._steps:
            try:
                yield step
            except GeneratorExit:
                self._left = True
                raise
            except KeyboardInterrupt as error:
                yield self._steps.throw(error)
            if self._stopping:
                self.stop()

    def to_end(self) -> Result:
        """Do the whole run, or what is left of it; raises what iterating does."""
        exhaust(iter(self))
        return self.result

    def stop(self) -> Result:
        """End the run after the current step, also from another thread; keep the best image."""
        self._left, self._stopping = False, True
        if self._steps is not None:
            with contextlib.suppress(ValueError):
                # A step is under way: the loop stops after it.
                _stop(self._steps)
        return self._execution.result

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()


def _stop(steps: Generator[Step, None, None]) -> None:
    """Interrupt a run as Ctrl-C does, until it has saved its best image."""
    with contextlib.suppress(StopIteration, Interrupted, KeyboardInterrupt):
        while True:
            steps.throw(KeyboardInterrupt())
