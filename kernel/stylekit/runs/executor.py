"""Executors: what carries out a plan, in this process or elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from stylekit.errors import Interrupted
from stylekit.events import Step
from stylekit.images.frames import Clip, Frame
from stylekit.inputs.syntax import StyleSource
from stylekit.machine.interrupts import exhaust, relayed
from stylekit.result import Result
from stylekit.runs.plan import Plan

if TYPE_CHECKING:
    import pluggy


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
    """What is to be done, and who wants to hear of it.

    Attributes:
        manager: the host's plugins, whose lifecycle hooks are called.
        in_memory: images and clips of a Python caller, by the source string that stands for each.
        write: write artifacts; without it, results are only returned.
        quiet: observers should show nothing.
        tasks: what to make, and the file that it goes to, instead of what the plan's sources and
            `out` say.
    """

    plan: Plan
    manager: pluggy.PluginManager
    in_memory: Mapping[str, Frame | Clip] = field(default_factory=dict)
    write: bool = True
    quiet: bool = False
    tasks: Sequence[tuple[Task, Path | None]] | None = None


class Executor(Protocol):
    """Carries out runs."""

    def tasks(self, order: RunRequest) -> Sequence[tuple[Task, Path | None]]:
        """Return what an order makes, and the file that each goes to (None: it is not written).

        Raises:
            StylekitError: a source is missing, or a file cannot be written.
        """

    def execute(self, order: RunRequest, result: Result) -> Iterator[Step]:
        """Do the work, yielding each step after it is done; `result` grows meanwhile.

        A content picture that cannot be used stops nothing if there are others: it is told, noted
        in `result.failures`, and an error at the end. On Ctrl-C the best picture so far is saved,
        `result.interrupted` set, and there is no error.

        Raises:
            StylekitError: see its subclasses.
        """


class Run:
    """The execution of one plan. Iterate over it for its steps; `result` grows meanwhile.

    Args:
        options: those of `RunRequest`.
    """

    def __init__(self, plan: Plan, manager: pluggy.PluginManager, **options: Any) -> None:
        self.plan = plan
        self.result = Result()
        self._order = RunRequest(plan, manager, **options)

    def __iter__(self) -> Iterator[Step]:
        """Do the run, yielding each step after it is done.

        Raises:
            StylekitError: see its subclasses.
            Interrupted: Ctrl-C; the best picture so far is in `result` and saved.
        """
        executor: Executor = self.plan.executor.make()
        try:
            yield from relayed(executor.execute(self._order, self.result))
        except KeyboardInterrupt:
            self.result.interrupted = True
        if self.result.interrupted:
            raise self._interruption()

    def to_end(self) -> Result:
        """Do the whole run; raises what iterating does."""
        exhaust(iter(self))
        return self.result

    def _interruption(self) -> Interrupted:
        if not self.result.artifacts:
            return Interrupted(
                "Stopped before the first step; nothing was written."
                if not self.result.clips
                else f"Stopped after {self.result.steps} steps."
            )
        return Interrupted(
            f"Stopped after {self.result.steps} steps; the best image so far is "
            f"{self.result.artifacts[-1].path}.",
            "Continue with --resume.",
        )
