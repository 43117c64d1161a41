"""Progress as a live bar on a terminal."""

from __future__ import annotations

import atexit
from collections.abc import Mapping

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from stylekit_plugins.observers.track import Track, describe_losses

TITLE_WIDTH = 32


class Bar:
    """Two lines that are redrawn in place: where the run is, and its losses."""

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
            # The cursor comes back even if nobody tells that the run ended.
            atexit.register(self.close)
            self._live.start()
        self._live.update(_picture(track, losses), refresh=True)

    def close(self) -> None:
        """Leave the last state on the terminal and give the cursor back."""
        atexit.unregister(self.close)
        self._live.stop()


def _picture(track: Track, losses: Mapping[str, float]) -> Group:
    row = Table.grid(padding=(0, 2, 0, 0), expand=True)
    row.add_column(no_wrap=True, overflow="ellipsis", max_width=TITLE_WIDTH)
    row.add_column(ratio=1, min_width=8)
    bar = ProgressBar(track.total or 1, track.index)
    cells: list[RenderableType] = [Text(track.title, "bold"), bar]
    for text, style in (
        (f"{track.index}/{track.total}", ""),
        (track.speed, "cyan"),
        (track.clock, "green"),
    ):
        if text:
            row.add_column(no_wrap=True, overflow="ellipsis")
            cells.append(Text(text, style))
    row.add_row(*cells)
    line = Text(describe_losses(losses), "dim", no_wrap=True, overflow="ellipsis")
    return Group(row, line)
