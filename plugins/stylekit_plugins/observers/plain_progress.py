"""Progress as plain lines, for logs and pipes."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from stylekit.text import printable
from stylekit_plugins.observers.progress_state import Track, describe_losses


class Plain:
    """Prints one line a showing.

    Args:
        interval: least time between two lines of a stage, in seconds.
    """

    def __init__(self, interval: float) -> None:
        self.period = interval
        self.shows_first_step = interval == 0

    def open_stage(self, track: Track) -> None:
        """Say that a stage begins."""
        stage = track.stage
        # A clip has a stage for each frame, which may be one step: those lines would be too many.
        if stage is not None and (stage.steps > 1 or track.index == 0):
            steps = f", up to {stage.steps} steps" if stage.steps > 1 else ""
            self._print(f"{track.title}: {stage.width} x {stage.height} pixels{steps}")

    def show(self, track: Track, losses: Mapping[str, float]) -> None:
        """Say how far the run is."""
        facts = (
            f"step {track.index}/{track.total}",
            track.speed,
            track.clock,
            describe_losses(losses),
        )
        self._print(f"{track.title}: {', '.join(fact for fact in facts if fact)}")

    def close(self) -> None:
        """Do nothing: every line is out already."""

    def _print(self, line: str) -> None:
        print(printable(line), file=sys.stderr, flush=True)
