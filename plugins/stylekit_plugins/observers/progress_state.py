"""Where a run is: its image, stage and step, how fast it goes and how long it will take."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from stylekit.events import Stage
from stylekit.inputs.syntax import short_name
from stylekit.text import clock_text

WINDOW = 10.0
"""Seconds over which speed is measured."""


class Track:
    """Counts what displays show; it never looks at a clock itself.

    Args:
        images: how many images the run has, or None if that is not known.
    """

    def __init__(self, images: int | None) -> None:
        self.index = 0
        self.stage: Stage | None = None
        self._images = images
        self._number = 0
        self._complete = True
        self._announced = 0
        self._skipped = 0
        self._begun_cost = 0.0
        self._began = 0.0
        self._now = 0.0
        self._marks: deque[tuple[float, int]] = deque()

    def starts_image(self, stage: Stage) -> bool:
        """Say whether this stage is the first of another image."""
        return self._complete or self.stage is None or stage.image != self.stage.image

    def start_stage(self, stage: Stage, now: float) -> None:
        """Note a new stage; `now` is in seconds, as everywhere here."""
        if self.starts_image(stage):
            self._number += 1
            self._complete = False
            self.index = self._announced = self._skipped = 0
            self._begun_cost = 0.0
            self._began = now
        elif self.stage is not None:
            self._announced += self.stage.steps
            # A stage may stop early: what it did not need is not left to do.
            self._skipped = max(0, self._announced - self.index)
        self.stage = stage
        self._begun_cost += stage.steps * stage.cost
        self._now = now
        self._marks.clear()

    def mark(self, index: int, now: float) -> None:
        """Note that a step is done."""
        if index == self.index and self._marks:
            return
        self.index = index
        self._now = now
        self._marks.append((now, index))
        while len(self._marks) > 2 and self._marks[1][0] < now - WINDOW:
            self._marks.popleft()

    def complete_image(self) -> None:
        """Note that the image needs no more steps; the next stage belongs to another one."""
        self._complete = True

    @property
    def waits_for_step(self) -> bool:
        """Whether no step of this stage is noted yet."""
        return not self._marks

    @property
    def is_batch(self) -> bool:
        """Whether the run makes several images, or may."""
        return self._images != 1

    @property
    def image(self) -> str:
        """In a batch, the image's name and number; else nothing."""
        if self.stage is None or not self.is_batch:
            return ""
        count = f" ({self._number}/{self._images})" if self._images else ""
        return short_name(self.stage.image) + count

    @property
    def title(self) -> str:
        """The stage, and in a batch its image."""
        name = self.stage.name if self.stage is not None else ""
        return f"{self.image}, {name}" if self.image else name

    @property
    def total(self) -> int:
        """Steps that this image takes over all its stages, as far as they are known."""
        if self.stage is None or self._complete:
            return self.index
        total = self.stage.total_steps - self._skipped
        if not self.stage.total_steps:
            total = self._announced - self._skipped + self.stage.steps
        return max(total, self.index)

    @property
    def rate(self) -> float | None:
        """Steps a second in this stage lately, or None before it is known."""
        if len(self._marks) < 2:
            return None
        (began, first), (now, last) = self._marks[0], self._marks[-1]
        return (last - first) / (now - began) if last > first and now > began else None

    @property
    def speed(self) -> str:
        """The rate for people, or nothing."""
        rate = self.rate
        if rate is None:
            return ""
        return f"{rate:.0f} steps/s" if rate >= 9.95 else f"{rate:.2g} steps/s"

    @property
    def clock(self) -> str:
        """Time left as it goes now, or time taken once all is done; for people."""
        if self.index and self.index >= self.total:
            return f"done in {clock_text(self._now - self._began)}"
        rate = self.rate
        return f"{clock_text(self._equivalent_steps / rate)} left" if rate else ""

    @property
    def _equivalent_steps(self) -> float:
        """Steps left, those of later stages counted by what they cost in steps of this one."""
        stage = self.stage
        if stage is None or not stage.total_cost:
            return self.total - self.index
        here = self._announced + stage.steps - self._skipped - self.index
        return max(0, here) + max(0.0, stage.total_cost - self._begun_cost) / stage.cost


def describe_losses(losses: Mapping[str, float]) -> str:
    """Return `total 3.21e-01 (content 1.2e-01, style 2.0e-01)`; nothing for a feed-forward method.

    A feed-forward method minimizes nothing: it reports a total of exactly 0, and no parts.
    """
    if losses == {"total": 0.0}:
        return ""
    parts = ", ".join(f"{name} {loss:.1e}" for name, loss in losses.items() if name != "total")
    if "total" not in losses:
        return parts
    total = f"total {losses['total']:.2e}"
    return f"{total} ({parts})" if parts else total
