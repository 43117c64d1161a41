"""The making of one result inside a worker, and what it reports to the user's machine."""

from __future__ import annotations

import logging
import pickle
import time
import traceback
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace

from stylekit.errors import StylekitError, one_line
from stylekit.events import Stage, Step
from stylekit.images.frames import Clip, Frame
from stylekit.result import TaskResult
from stylekit.runs.executor import Event, Executor, RunRequest
from stylekit.runs.plan import Plan
from stylekit_ray.messages import (
    Assignment,
    Done,
    Failed,
    StageStarted,
    StepFinished,
    WorkerEvent,
)

_log = logging.getLogger(f"stylekit.{__name__}")


@dataclass(frozen=True)
class WorkerContext:
    """What a worker makes results with.

    Attributes:
        executor: is kept, and with it the networks that it has loaded.
        in_memory: images of a Python caller, by source.
        report: takes what happens.
        snapshots: report steps with the image so far.
    """

    plan: Plan
    executor: Executor
    in_memory: Mapping[str, Frame | Clip]
    report: Callable[[WorkerEvent], None]
    snapshots: bool

    def plan_of(self, assignment: Assignment) -> Plan:
        """Return the plan; a retry resumes what the worker that died has left.

        If the user has set `resume` or `overwrite`, that holds.
        """
        config = self.plan.config
        if not assignment.is_retry or config.resume or config.overwrite:
            return self.plan
        # Its files are of this run: there were none at the start.
        left = {"resume": True, "overwrite": True}
        return replace(self.plan, config=config.model_copy(update=left))


class WorkerTask:
    """One result that a worker is making."""

    def __init__(self, context: WorkerContext, assignment: Assignment) -> None:
        self._context = context
        self._number = assignment.number
        self._is_written = assignment.target is not None
        self._started_at = time.perf_counter()
        self._started = False
        self._latest: Step | None = None
        self._reported: Step | None = None
        self._result: TaskResult | None = None
        request = RunRequest(
            context.plan_of(assignment),
            in_memory=context.in_memory,
            write=self._is_written,
            tasks=[(assignment.task, assignment.target)],
        )
        self._events = context.executor.execute(request)

    def advance(self) -> bool:
        """Advance to the next event; return whether there may be another."""
        try:
            self._take(next(self._events))
        except StopIteration:
            self._finish()
            return False
        except Exception as error:
            if not isinstance(error, StylekitError):
                _log.debug(traceback.format_exc())
            self._context.report(Failed(self._number, sendable(error), self._started))
            return False
        return True

    def stop(self) -> None:
        """Let the executor write the best image so far, if there is one."""
        if self._latest is None or not isinstance(self._events, Generator):
            return
        try:
            self._take(self._events.throw(KeyboardInterrupt()))
            for event in self._events:
                self._take(event)
        except StopIteration:
            pass
        self._finish()

    def report_latest(self) -> None:
        """Report the latest step, unless it is reported already."""
        step = self._latest
        if step is None or step is self._reported:
            return
        self._reported = step
        losses = {name: float(loss) for name, loss in step.losses.items()}
        snapshot = in_memory(step.snapshot()) if self._context.snapshots else None
        self._context.report(
            StepFinished(self._number, step.stage, step.index, losses, step.frame, snapshot)
        )

    def _take(self, event: Event) -> None:
        # Its first event comes when its inputs are read and the networks are loaded.
        self._started = True
        if isinstance(event, Stage):
            self.report_latest()
            self._context.report(StageStarted(self._number, event))
        elif isinstance(event, Step):
            self._latest = event
        elif isinstance(event, TaskResult):
            self._result = event

    def _finish(self) -> None:
        self.report_latest()
        result = self._result
        if result is None:
            return
        clip = Clip((), result.clip.origin) if self._is_written else in_memory(result.clip)
        self._context.report(
            Done(
                self._number,
                replace(result, number=self._number, clip=clip),
                is_video=result.clip.is_video,
                seconds=time.perf_counter() - self._started_at,
            )
        )


def in_memory(clip: Clip) -> Clip:
    """Return a clip whose frames are all in memory, so that it can be sent."""
    return replace(clip, frames=tuple(clip.frames))


def sendable(error: Exception) -> Exception:
    """Return an error, or its text as another one if it cannot be pickled."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(one_line(error))
    return error
