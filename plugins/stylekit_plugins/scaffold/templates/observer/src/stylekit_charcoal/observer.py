"""The losses of a run as a CSV table: a row a step, a column a loss."""

from __future__ import annotations

import contextlib
import csv
import itertools
from pathlib import Path
from typing import TextIO

import stylekit
from stylekit import Stage, Step

from stylekit_charcoal.params import CharcoalParams


class CharcoalObserver:
    """Writes the table; each hook may take fewer arguments than stylekit offers."""

    def __init__(self, params: CharcoalParams) -> None:
        self.params = params
        self._file: TextIO | None = None
        self._columns: list[str] = []
        self._image = ""

    @stylekit.hookimpl
    def run_started(self) -> None:
        """Open the file if `path` names one."""
        if self.params.path and self._file is None:
            self._file = _new_file(Path(self.params.path))

    @stylekit.hookimpl
    def stage_started(self, stage: Stage) -> None:
        """Remember which image the steps belong to."""
        self._image = stage.image

    @stylekit.hookimpl
    def step_finished(self, step: Step) -> None:
        """Write a row; the first one decides the columns."""
        if self._file is None or step.index % self.params.every:
            return
        table = csv.writer(self._file)
        if not self._columns:
            self._columns = list(step.losses)
            table.writerow(["image", "step", *self._columns])
        losses = [step.losses.get(name) for name in self._columns]
        values = ["" if loss is None else float(loss) for loss in losses]
        table.writerow([self._image, step.index, *values])

    @stylekit.hookimpl
    def run_finished(self) -> None:
        """Close the file."""
        self._close()

    @stylekit.hookimpl
    def run_failed(self) -> None:
        """Close the file."""
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _new_file(path: Path) -> TextIO:
    """Open a file that is not there yet, under another name if it must: none is replaced."""
    for number in itertools.count(1):
        name = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        with contextlib.suppress(FileExistsError):
            return name.open("x", encoding="utf-8", newline="")
    raise AssertionError
