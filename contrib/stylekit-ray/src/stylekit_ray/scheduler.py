"""One run: results given out to workers, their reports heard, everything entered and told."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from ray.exceptions import RayError

from stylekit.errors import InputError, StylekitError, UsageError, one_line
from stylekit.events import RunInfo, Step
from stylekit.images.frames import Clip
from stylekit.registry.observers import Lifecycle
from stylekit.result import Result
from stylekit.runs.executor import RunRequest, Task
from stylekit_ray.collector import Books
from stylekit_ray.event_buffer import Narration
from stylekit_ray.messages import (
    Assignment,
    Done,
    Event,
    Failed,
    LogLine,
    Ready,
    Report,
    Staged,
    Stepped,
    Unfit,
)
from stylekit_ray.task_queue import Agenda
from stylekit_ray.worker_pool import PATIENCE, Crew, Member

_log = logging.getLogger(f"stylekit.{__name__}")


class Running:
    """The carrying out of one order by a crew.

    Args:
        work: all results of the order; `agenda` has the numbers of those to make.
        result: grows meanwhile, as the `books` enter it.
    """

    def __init__(
        self,
        order: RunRequest,
        result: Result,
        work: Sequence[tuple[Task, Path | None]],
        books: Books,
        agenda: Agenda,
        crew: Crew,
    ) -> None:
        self._order = order
        self._result = result
        self._work = work
        self._books = books
        self._agenda = agenda
        self._crew = crew
        self._said: set[str] = set()
        self._started = time.perf_counter()
        plan = order.plan
        self._info = RunInfo(plan.method.component.id, "", plan.resolved(), len(work), order.quiet)
        observers = [(part.component.id, part.make) for part in plan.observers]
        self._lifecycle = Lifecycle(order.manager, observers)
        self._narration = Narration(self._emit)

    def steps(self) -> Iterator[Step]:
        """Do it, yielding some of the steps; raises what `Executor.execute` does."""
        try:
            while self._agenda or self._crew.busy:
                heard = self._crew.reports()
                if not heard:
                    self._wonder()
                for member, report in heard:
                    yield from self._hear(member, report)
                self._employ()
        except KeyboardInterrupt:
            self._result.interrupted = True
            for report in self._crew.stop():
                for event in report:
                    yield from self._take(event)
        except BaseException as error:
            self._close()
            self._emit("run_failed", error=error)
            raise
        self._close()
        self._emit("run_finished", result=self._result)
        if self._result.failures and not self._result.interrupted:
            names = ", ".join(self._result.failures)
            raise InputError(
                f"Parts of a batch of {len(self._work)} could not be done: {names}.",
                "The others are done.",
            )

    def _hear(self, member: Member, report: Report | RayError) -> Iterator[Step]:
        if isinstance(report, RayError):
            self._bury(member, report)
            return
        for event in report:
            if isinstance(event, Done | Failed):
                member.hand.remove(event.number)
            elif isinstance(event, Ready):
                member.ready = True
            elif isinstance(event, Unfit):
                self._do_without(member, event.error)
        # It works while this process tells what it has done.
        if member.hand:
            self._crew.advance(member)
        elif member.ready:
            self._give(member)
        for event in report:
            yield from self._take(event)

    def _take(self, event: Event) -> Iterator[Step]:
        """Enter an event, tell it, and yield it if it is a step."""
        narration = self._narration
        match event:
            case Ready():
                self._start(event.device)
            case LogLine():
                self._tell(event)
            case Staged():
                narration.note(event.number, "stage_started", stage=event.stage)
            case Stepped():
                step = _step(event)
                narration.note(event.number, "step_finished", step=step)
                yield step
            case Done():
                self._books.enter(event)
                self._agenda.note(event.seconds)
                if event.written:
                    narration.note(event.number, "artifact_written", artifact=event.artifact)
                narration.complete(event.number)
            case Failed():
                narration.complete(event.number)
                if futile := self._books.fail(event):
                    self._agenda.drop(futile)

    # -- workers --------------------------------------------------------------------------------

    def _employ(self) -> None:
        for member in self._crew.idle:
            self._give(member)

    def _give(self, member: Member) -> None:
        numbers = self._agenda.hand_out(len(self._crew.members))
        if numbers:
            again = self._agenda.is_again
            self._crew.advance(member, [Assignment(n, *self._work[n], again(n)) for n in numbers])

    def _bury(self, member: Member, error: RayError) -> None:
        """Let others do what a dead worker had."""
        if not member.ready:
            died = StylekitError(
                f"A worker died before it began: {one_line(error)[:400]}",
                "stylekit, stylekit-ray and all plugins must be installed on every machine of "
                "the cluster, in the same versions.",
            )
            self._do_without(member, died)
            return
        self._crew.dismiss(member)
        names = ", ".join(self._books.name(number) for number in member.hand)
        _log.warning(f"A worker died; it had {names or 'nothing'}.")
        _log.debug(one_line(error))
        for number in member.hand:
            self._narration.forget(number)
        for number in self._agenda.give_back(member.hand):
            lost = f"Every worker that was given {self._books.name(number)} died."
            if len(self._work) == 1:
                raise StylekitError(lost, "It may need more memory than there is: try --size.")
            self._books.leave_out(self._books.name(number), lost)
        if self._agenda:
            self._crew.engage()

    def _do_without(self, member: Member, error: Exception) -> None:
        self._crew.dismiss(member)
        if not self._crew.members:
            raise error
        _log.warning(f"A worker cannot be used. {one_line(error)}")

    def _wonder(self) -> None:
        """Say that no worker has begun, unless the work only takes long."""
        if not any(member.ready for member in self._crew.members):
            _log.warning(
                f"No worker has begun within {PATIENCE:.0f} s; the cluster may have no "
                "room. ray.threads and ray.gpus say what each one needs."
            )

    # -- observers ------------------------------------------------------------------------------

    def _start(self, device: str) -> None:
        if not self._info.device:
            self._info = replace(self._info, device=device)
            self._emit("run_started")

    def _emit(self, hook: str, /, **facts: Any) -> None:
        # Nobody hears of a run that no worker has begun.
        if self._info.device:
            self._lifecycle.emit(hook, run=self._info, **facts)

    def _tell(self, event: LogLine) -> None:
        """Tell once what every worker says."""
        if event.line not in self._said:
            self._said.add(event.line)
            _log.log(event.level, event.line)

    def _close(self) -> None:
        self._narration.end()
        self._books.close()
        self._result.seconds = time.perf_counter() - self._started


def _step(event: Stepped) -> Step:
    losses = {name: torch.tensor(loss) for name, loss in event.losses.items()}
    return Step(event.stage, event.index, losses, partial(_snapshot, event), frame=event.frame)


def _snapshot(event: Stepped) -> Clip:
    if event.snapshot is None:
        raise UsageError(
            "The picture so far is with a worker.", "--set ray.snapshots=true has it sent."
        )
    return event.snapshot
