"""Executors carry out plans, here or elsewhere; `Execution` folds their events into a result."""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from stylekit.errors import InputError, Interrupted, StylekitError
from stylekit.events import RunInfo, RunStarted, Skipped, Stage, Step
from stylekit.images.frames import Clip, Frame
from stylekit.inputs.syntax import StyleSource
from stylekit.machine.interrupts import relayed
from stylekit.registry.observers import Lifecycle
from stylekit.result import Result, TaskResult
from stylekit.runs.plan import Plan

if TYPE_CHECKING:
    import pluggy

_log = logging.getLogger(__name__)

Event = RunStarted | Stage | Step | TaskResult | Skipped
"""What an executor yields."""


@dataclass(frozen=True)
class Task:
    """One result to make: a content in a style, or in a blend of styles."""

    content: str
    styles: tuple[StyleSource, ...]

    @property
    def name(self) -> str:
        """The result, for people."""
        return f"{self.content} with {', '.join(style.source for style in self.styles)}"


@dataclass(frozen=True)
class RunRequest:
    """What an executor has to do.

    Attributes:
        in_memory: images and clips of a Python caller, by the source string that stands for each.
        write: write artifacts; without it, results are only returned.
        tasks: the results to make, and the file of each, instead of those that follow from the
            plan's sources and `out`.
    """

    plan: Plan
    in_memory: Mapping[str, Frame | Clip] = field(default_factory=dict)
    write: bool = True
    tasks: Sequence[tuple[Task, Path | None]] | None = None


class Executor(Protocol):
    """Carries out runs."""

    def tasks(self, request: RunRequest) -> Sequence[tuple[Task, Path | None]]:
        """Return the results to make, and the file of each (None: it is not written).

        Raises:
            StylekitError: a source is missing, or a file cannot be written.
        """

    def execute(self, request: RunRequest) -> Iterator[Event]:
        """Do the work and yield what happens: `RunStarted`, then the events of each result.

        A result comes as its `Stage`s and `Step`s and a `TaskResult` at its end. In a batch an
        unusable image does not stop the run: it is a `Skipped`. When Ctrl-C is thrown into this
        generator, the best image so far is saved, its `TaskResult` is marked as interrupted, and
        the generator ends; if there is no image yet, KeyboardInterrupt is raised.

        Raises:
            StylekitError: no result can be made, or the only one cannot.
        """


class Execution:
    """The execution of one plan; `result` grows with each step.

    Args:
        manager: the host's plugins, whose lifecycle hooks are called.
        quiet: observers should show nothing.
        options: those of `RunRequest`.
    """

    def __init__(
        self, plan: Plan, manager: pluggy.PluginManager, quiet: bool = False, **options: Any
    ) -> None:
        self.plan = plan
        self.result = Result()
        self._manager = manager
        self._quiet = quiet
        self._request = RunRequest(plan, **options)
        self._info: RunInfo | None = None
        self._lifecycle: Lifecycle | None = None
        self._steps_of_results = 0
        self._started = 0.0

    def steps(self) -> Generator[Step, None, None]:
        """Do the run, yielding each step after it is done.

        Raises:
            StylekitError: see its subclasses.
            Interrupted: Ctrl-C; the best image so far is in `result` and saved.
        """
        executor: Executor = self.plan.executor.make()
        self._started = time.perf_counter()
        events = executor.execute(self._request)
        try:
            yield from relayed(self._steps(events))
        except BaseException as error:
            if isinstance(events, Generator):
                events.close()
            self._stop_clock()
            failure = error
            if isinstance(error, KeyboardInterrupt):
                self.result.interrupted, failure = True, self._interruption()
            self._emit("run_failed", error=failure)
            raise failure from (None if failure is not error else error.__cause__)
        self._stop_clock()
        self._emit("run_finished", result=self.result)
        if self.result.interrupted:
            raise self._interruption()
        if self.result.failures:
            raise self._partial_failure()

    def _steps(self, events: Iterator[Event]) -> Iterator[Step]:
        """Fold events into the result, and yield the steps.

        An interrupt that comes between two events is raised in the executor, which alone knows
        what can be saved.
        """
        event = next(events, None)
        while event is not None:
            try:
                self._fold(event)
                if isinstance(event, Step):
                    yield event
                event = next(events, None)
            except KeyboardInterrupt:
                if not isinstance(events, Generator):
                    raise
                try:
                    event = events.throw(KeyboardInterrupt())
                except StopIteration:
                    return

    def _fold(self, event: Event) -> None:
        """Change the result by an event, then call the hook for it."""
        result = self.result
        match event:
            case RunStarted():
                self._start(event)
            case Stage():
                self._emit("stage_started", stage=event)
            case Step():
                result.steps = self._steps_of_results + event.index
                self._emit("step_finished", step=event)
            case TaskResult():
                self._stop_clock()
                self._steps_of_results += event.steps
                result.steps = self._steps_of_results
                result.add(event)
                if event.artifact is not None and event.is_new:
                    self._emit("artifact_written", artifact=event.artifact)
            case Skipped() if event.name not in result.failures:
                result.failures[event.name] = event.reason
                _log.warning(f"{event.reason} It is skipped.")

    def _start(self, event: RunStarted) -> None:
        plan = self.plan
        observers = [(each.component.id, each.make) for each in plan.observers]
        self._lifecycle = Lifecycle(self._manager, observers)
        self._info = RunInfo(
            plan.method.component.id, event.device, plan.resolved(), event.total, self._quiet
        )
        self._emit("run_started")

    def _stop_clock(self) -> None:
        self.result.seconds = time.perf_counter() - self._started

    def _emit(self, hook: str, **facts: Any) -> None:
        if self._lifecycle is not None:
            self._lifecycle.emit(hook, run=self._info, **facts)

    def _interruption(self) -> Interrupted:
        result = self.result
        if not result.clips:
            return Interrupted("Stopped before the first step; nothing was written.")
        stopped = f"Stopped after {result.steps} steps"
        if not result.artifacts:
            return Interrupted(f"{stopped}.")
        best = f"{stopped}; the best image so far is {result.artifacts[-1].path}."
        return Interrupted(best, "Continue with --resume.")

    def _partial_failure(self) -> StylekitError:
        total = self._info.total if self._info is not None else None
        failed = "Some" if total is None else f"{total - len(self.result.results)} of {total}"
        return InputError(
            f"{failed} results failed: {', '.join(self.result.failures)}.",
            "The others are done." if self.result.results else None,
        )
