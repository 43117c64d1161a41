"""The making of one result inside a worker, and what the user's machine is told of it."""

from __future__ import annotations

import logging
import pickle
import traceback
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace

import stylekit
from stylekit.errors import StylekitError, one_line
from stylekit.events import Stage, Step
from stylekit.host import Host
from stylekit.images.frames import Clip, Frame
from stylekit.result import Result
from stylekit.runs.executor import Executor, RunRequest
from stylekit.runs.plan import Plan
from stylekit_ray.messages import Assignment, Done, Event, Failed, Staged, Stepped

_log = logging.getLogger(f"stylekit.{__name__}")


@dataclass(frozen=True)
class Bench:
    """What a worker makes results with.

    Attributes:
        executor: stays, and with it the networks that it has loaded.
        given: pictures that a Python caller handed over.
        report: called with what happens.
        snapshots: steps are reported with the picture so far.
    """

    plan: Plan
    executor: Executor
    given: Mapping[str, Frame | Clip]
    report: Callable[[Event], None]
    snapshots: bool

    def plan_of(self, assignment: Assignment) -> Plan:
        """Return the plan; where another worker died, it may go on with what that one left.

        If the user has said what to do with what is there already, that holds.
        """
        config = self.plan.config
        if not assignment.again or config.resume or config.overwrite:
            return self.plan
        # Its files are of this run: there were none at the start.
        left = {"resume": True, "overwrite": True}
        return replace(self.plan, config=config.model_copy(update=left))


class Making:
    """One result on its way. It is an observer of its own run."""

    def __init__(self, bench: Bench, assignment: Assignment) -> None:
        self._bench = bench
        self._number = assignment.number
        self._writes = assignment.target is not None
        self._begun = self._written = False
        self._latest: Step | None = None
        self._told: Step | None = None
        self._result = Result()
        order = RunRequest(
            bench.plan_of(assignment),
            Host({"making": self}, discover=False).registry.manager,
            in_memory=bench.given,
            write=self._writes,
            quiet=True,
            tasks=[(assignment.task, assignment.target)],
        )
        self._steps = bench.executor.execute(order, self._result)

    @stylekit.hookimpl
    def run_started(self) -> None:
        """Note that everything is there that is needed."""
        self._begun = True

    @stylekit.hookimpl
    def stage_started(self, stage: Stage) -> None:
        """Report the stage, after the last step of the one before."""
        self.tell_latest()
        self._bench.report(Staged(self._number, stage))

    @stylekit.hookimpl
    def artifact_written(self) -> None:
        """Note that the file is new."""
        self._written = True

    def advance(self) -> bool:
        """Do a step; return whether there may be another."""
        try:
            self._latest = next(self._steps)
        except StopIteration:
            self._finish()
            return False
        except Exception as error:
            if not isinstance(error, StylekitError):
                _log.debug(traceback.format_exc())
            self._bench.report(Failed(self._number, sendable(error), self._begun))
            return False
        return True

    def stop(self) -> None:
        """Let the executor write the best so far, if there is anything."""
        if self._latest is None or not isinstance(self._steps, Generator):
            return
        try:
            self._steps.throw(KeyboardInterrupt())
        except StopIteration:
            self._finish()

    def tell_latest(self) -> None:
        """Report the latest step, unless it is told already."""
        step = self._latest
        if step is None or step is self._told:
            return
        self._told = step
        losses = {name: float(loss) for name, loss in step.losses.items()}
        snapshot = whole(step.snapshot()) if self._bench.snapshots else None
        self._bench.report(
            Stepped(self._number, step.stage, step.index, losses, step.frame, snapshot)
        )

    def _finish(self) -> None:
        self.tell_latest()
        result = self._result
        clip = result.clips[-1]
        self._bench.report(
            Done(
                self._number,
                clip=None if self._writes else whole(clip),
                artifact=result.artifacts[-1] if self._writes else None,
                written=self._written,
                is_video=clip.is_video,
                losses=result.losses,
                record=result.record,
                steps=result.steps,
                seconds=result.seconds,
                peak_memory_mb=result.peak_memory_mb,
                interrupted=result.interrupted,
            )
        )


def whole(clip: Clip) -> Clip:
    """Return a clip whose frames are all in memory, so that it can be sent."""
    return replace(clip, frames=tuple(clip.frames))


def sendable(error: Exception) -> Exception:
    """Return an error, or what it says if it cannot leave this process."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(one_line(error))
    return error
