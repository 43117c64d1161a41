"""The estimate of a run: what it will make, in how many seconds, with how much memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

from stylekit.methods.base import Work
from stylekit.runs.plan import Plan
from stylekit_plugins.execution.estimates.speeds import Speed, machine, nearest
from stylekit_plugins.execution.session import Session

Basis = Literal["earlier runs", "a few small steps", "unknown"]
"""What the seconds of an estimate come from."""


@dataclass(frozen=True)
class Size:
    """The size of a result."""

    width: int
    height: int
    frames: int = 1


@dataclass(frozen=True)
class Estimate:
    """What a run will take.

    Attributes:
        sizes: of each result.
        steps: of the first result, over all its frames; None: not known.
        seconds: of all results; None: not known.
        device: for people.
        memory_mb: peak memory; None: not known.
    """

    plan: Plan
    sizes: Sequence[Size]
    steps: int | None
    seconds: float | None
    basis: Basis
    device: str
    memory_mb: float | None = None

    @property
    def summary(self) -> str:
        """The estimate in a line: `About 3 min: 100 steps at 512 px by ink on 2 CPU threads.`"""
        if self.seconds is None:
            begin = "Unknown time"
        else:
            word = "About" if self.basis == "earlier runs" else "Roughly"
            begin = f"{word} {duration(self.seconds)}"
        backbone = self.plan.slots.get("backbone")
        network = "" if backbone is None else f" with {backbone.spec.name}"
        work = f"{self._amount()} by {self.plan.method.spec.name}{network} on {self.device}"
        return f"{begin}: {work}."

    def _amount(self) -> str:
        long_sides = {max(size.width, size.height) for size in self.sizes}
        side = f"{max(long_sides)} px" if len(long_sides) == 1 else f"up to {max(long_sides)} px"
        parts = []
        if len(self.sizes) > 1:
            parts.append(f"{len(self.sizes)} results")
        frames = sum(size.frames for size in self.sizes)
        if frames > len(self.sizes):
            parts.append(f"{frames} frames")
        if self.steps and (self.steps > 1 or not parts):
            each = " each" if len(self.sizes) > 1 else ""
            parts.append(f"{self.steps} step{'' if self.steps == 1 else 's'}{each}")
        return f"{', '.join(parts) or 'one result'} at {side}"

    def to_json(self) -> dict[str, Any]:
        """Return the estimate as `--json` prints it, without the files."""
        return {
            "seconds": None if self.seconds is None else round(self.seconds, 1),
            "from": self.basis,
            "memory_mb": None if self.memory_mb is None else round(self.memory_mb),
            "steps": self.steps,
            "device": self.device,
            "method": self.plan.method.component.id,
            "summary": self.summary,
        }


def work_of(plan: Plan, session: Session, size: Size, speed: Speed | None) -> Work | None:
    """Return the steps of a result: as its method says, or as in an earlier run."""
    methods = session.other_methods
    video = plan.method.spec.clips
    work: Work | None = session.method.work(
        size.width, size.height, size.frames if video else 1, methods
    )
    repeated = 1 if video else size.frames
    if work is None and speed is not None:
        requested = getattr(plan.frame_method.params, "steps", None)
        ratio = requested / speed.steps if isinstance(requested, int) and speed.steps > 1 else 1.0
        scale = size.width * size.height / speed.pixels * ratio
        work, repeated = Work(round(speed.steps * ratio), speed.step_pixels * scale), size.frames
    return None if work is None else Work(work.steps * repeated, work.pixels * repeated)


def estimate(
    plan: Plan,
    session: Session,
    device: torch.device,
    sizes: Sequence[Size],
    speeds: Sequence[Speed],
    is_rough: bool = False,
) -> Estimate:
    """Return the estimate of a run from measured speeds.

    Args:
        sizes: of each result.
        speeds: none: the seconds are not known.
        is_rough: they were measured with a few small steps.
    """
    nearby = [nearest(speeds, size.width * size.height) for size in sizes]
    works = [work_of(plan, session, *each) for each in zip(sizes, nearby, strict=True)]
    seconds: float | None = 0.0 if nearby[0] is None else nearby[0].start_seconds
    for size, speed, work in zip(sizes, nearby, works, strict=True):
        if work is None or speed is None or seconds is None:
            seconds = None
            break
        finish = speed.finish_seconds * size.width * size.height / speed.pixels * size.frames
        seconds += work.pixels * speed.rate + finish
    basis: Basis = "a few small steps" if is_rough else "earlier runs"
    return Estimate(
        plan=plan,
        sizes=sizes,
        steps=None if works[0] is None else works[0].steps,
        seconds=seconds,
        basis="unknown" if seconds is None else basis,
        device=machine(device),
    )


def duration(seconds: float) -> str:
    """Return a rounded duration: `8 s`, `50 s`, `3 min`, `1.5 h`, `12 h`."""
    if seconds < 9.5:
        return f"{max(1, round(seconds))} s"
    if seconds < 95:
        return f"{round(seconds / 10) * 10} s"
    if seconds < 95 * 60:
        return f"{round(seconds / 60)} min"
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours < 9.95 else f"{round(hours)} h"
