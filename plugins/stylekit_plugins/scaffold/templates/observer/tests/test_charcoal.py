"""The observer keeps its promises to stylekit, and writes what it should."""

from __future__ import annotations

import csv
from pathlib import Path

import torch
from stylekit import Clip, Stage, Step
from stylekit.testing import ObserverSuite

from stylekit_charcoal.observer import CharcoalObserver
from stylekit_charcoal.params import CharcoalParams


class TestCharcoal(ObserverSuite):
    component = "charcoal:charcoal"


class TestCharcoalWithAFile(ObserverSuite):
    component = "charcoal:charcoal"
    params = {"path": "losses.csv"}


def test_there_is_a_row_for_every_second_step(tmp_path: Path):
    path = tmp_path / "losses.csv"
    observer = CharcoalObserver(CharcoalParams(path=str(path), every=2))
    stage = Stage("64 px", 4, 64, 48, "me.png")
    observer.run_started()
    observer.stage_started(stage)
    for index in (1, 2, 3, 4):
        losses = {"total": torch.tensor(1 / index), "style": torch.tensor(0.5)}
        observer.step_finished(Step(stage, index, losses, lambda: Clip(())))
    observer.run_finished()
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["image", "step", "total", "style"],
            ["me.png", "2", "0.5", "0.5"],
            ["me.png", "4", "0.25", "0.5"],
        ]
