"""The workers of a run: engaged, given work, heard, and replaced when they die."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.exceptions import RayError

from stylekit.images.frames import Clip, Frame
from stylekit_ray.messages import Assignment, Job, Report
from stylekit_ray.worker import Worker

PATIENCE = 30.0
"""Seconds without a word from anybody after which one may wonder."""

GRACE = 10.0
"""Seconds that workers have to write what they have so far, when the user stops a run."""


@dataclass(eq=False)
class Member:
    """A worker.

    Attributes:
        hand: numbers of the results that it has been given and has not reported; the first is
            the one that it works at.
        ready: it has begun to work.
    """

    actor: Any
    hand: list[int] = field(default_factory=list)
    ready: bool = False


class Crew:
    """The workers of a run.

    Args:
        given: pictures that a Python caller handed over.
        count: how many are wanted; fewer begin while the cluster has no room.
        cpus: that Ray sets aside for each.
        gpus: likewise.
    """

    def __init__(
        self, job: Job, given: Mapping[str, Frame | Clip], count: int, cpus: float, gpus: float
    ) -> None:
        self._engage = ray.remote(Worker).options(
            num_cpus=cpus, num_gpus=gpus, max_restarts=0, scheduling_strategy="SPREAD"
        )
        self._job = ray.put(job)
        self._given = ray.put(dict(given))
        self._awaited: dict[Any, Member] = {}
        self.members: list[Member] = []
        for _ in range(count):
            self.engage()

    def engage(self) -> None:
        """Ask the cluster for one more worker."""
        member = Member(self._engage.remote(self._job))
        self.members.append(member)
        self._awaited[member.actor.prepare.remote(self._given)] = member

    @property
    def busy(self) -> bool:
        """Whether anybody has something to make."""
        return any(member.hand for member in self.members)

    @property
    def idle(self) -> list[Member]:
        """Those who are ready and have nothing to make."""
        return [member for member in self.members if member.ready and not member.hand]

    def advance(self, member: Member, assignments: Sequence[Assignment] = ()) -> None:
        """Let a worker go on, with further results if there are any."""
        member.hand += [assignment.number for assignment in assignments]
        self._awaited[member.actor.advance.remote(assignments)] = member

    def reports(self) -> list[tuple[Member, Report | RayError]]:
        """Wait for the next reports; an error in place of one: the worker is dead.

        After `PATIENCE` without any there are none.
        """
        awaited = list(self._awaited)
        come, _ = ray.wait(awaited, timeout=PATIENCE)
        if come:
            come, _ = ray.wait(awaited, num_returns=len(awaited), timeout=0)
        return [(self._awaited.pop(one), _read(one)) for one in come]

    def dismiss(self, member: Member) -> None:
        """End a worker; what it was making is lost."""
        self.members.remove(member)
        # It may be alive, and only out of reach.
        ray.kill(member.actor)

    def stop(self) -> list[Report]:
        """Let everybody write what he has so far; return what they report in time."""
        last = [one for one, member in self._awaited.items() if member.ready]
        last += [member.actor.stop.remote() for member in self.members if member.hand]
        come, _ = ray.wait(last, num_returns=len(last), timeout=GRACE) if last else ([], [])
        heard = [_read(one) for one in last if one in set(come)]
        return [report for report in heard if not isinstance(report, RayError)]

    def end(self) -> None:
        """End all workers."""
        for member in list(self.members):
            self.dismiss(member)


def _read(reference: Any) -> Report | RayError:
    try:
        report: Report = ray.get(reference)
    except RayError as error:
        return error
    return report
