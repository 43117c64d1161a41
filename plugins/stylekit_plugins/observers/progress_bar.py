"""Progress as a live bar on a terminal."""

from __future__ import annotations

import atexit
from collections.abc import Mapping

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from stylekit.text import printable
from stylekit_plugins.observers.progress_state import Track, describe_losses


class Bar:
    """Lines that are redrawn in place: in a batch the image, the bar of its steps, its losses."""

    period = 0.25
    shows_first_step = True

    def __init__(self) -> None:
        console = Console(stderr=True, force_terminal=True, force_jupyter=False)
        # stdout carries data, which rich would send to stderr; warnings go above the bar. No
        # thread refreshes: it would compete with the computation.
        self._live = Live(
            console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=True
        )

    def open_stage(self, track: Track) -> None:
        """Show the bar of a stage before its first step."""
        self.show(track, {})

    def show(self, track: Track, losses: Mapping[str, float]) -> None:
        """Redraw the bar."""
        if not self._live.is_started:
            # The cursor comes back even if the end of the run is not reported.
            atexit.register(self.close)
            self._live.start()
        self._live.update(_draw(track, losses), refresh=True)

    def close(self) -> None:
        """Leave the last state on the terminal and give the cursor back."""
        atexit.unregister(self.close)
        self._live.stop()


def _draw(track: Track, losses: Mapping[str, float]) -> Group:
    row = Table.grid(padding=(0, 2, 0, 0), expand=True)
    name = track.stage.name if track.stage is not None else ""
    row.add_column(no_wrap=True, overflow="ellipsis")
    # Only the bar gives way on a narrow terminal.
    row.add_column(ratio=1)
    cells: list[RenderableType] = [
        Text(printable(name), "bold"),
        ProgressBar(track.total or 1, track.index),
    ]
    for text, style in (
        (f"{track.index}/{track.total}", ""),
        (track.speed, "cyan"),
        (track.clock, "green"),
    ):
        if text:
            row.add_column(no_wrap=True, overflow="ellipsis")
            cells.append(Text(text, style))
    row.add_row(*cells)
    lines: list[RenderableType] = [row, _line(describe_losses(losses), "dim")]
    return Group(*([_line(track.image, "bold")] if track.image else []), *lines)


def _line(text: str, style: str) -> Text:
    return Text(printable(text), style, no_wrap=True, overflow="ellipsis")
