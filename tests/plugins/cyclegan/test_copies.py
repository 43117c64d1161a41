"""A generator that only copies its input is found early, and told in words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from stylekit import Frame
from stylekit.methods.training import Samples, TrainingJob
from stylekit_plugins.cyclegan.params import TrainingParams
from stylekit_plugins.cyclegan.sample_sheet import Sheet, copying, square
from stylekit_plugins.cyclegan.trainer import CycleGANTrainer


class Darker(nn.Module):
    """Takes 0.2 off values of [-1, 1]."""

    def __init__(self) -> None:
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x - 0.2 + self.nothing


class Copy(Darker):
    """Changes nothing."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.nothing


@pytest.fixture
def frames() -> list[Frame]:
    numbers = torch.Generator().manual_seed(0)
    return [Frame(torch.rand(3, 70, 90, generator=numbers) * 0.5 + 0.3) for _ in range(3)]


def test_how_much_is_changed(frames: list[Frame]) -> None:
    assert copying(Copy(), frames, 64) == pytest.approx(0, abs=1e-6)
    assert copying(Darker(), frames, 64) == pytest.approx(0.1, rel=1e-3)


def warnings_after(epoch: int, frames: list[Frame], *generators: nn.Module) -> list[str]:
    lines: list[str] = []
    device = torch.device("cpu")
    job = TrainingJob(frames, frames, Samples(frames, frames), 9, device, 0, warn=lines.append)
    learner: Any = SimpleNamespace(generators=generators)
    CycleGANTrainer(TrainingParams(size=64))._warn_of_copies(job, learner, epoch - 1)
    return lines


def test_the_generator_that_copies_is_named(frames: list[Frame]) -> None:
    (line,) = warnings_after(3, frames, Darker(), Copy())
    assert line.startswith("After epoch 3 the generator from B to A only copies")
    assert "cyclegan.identity_weight" in line


def test_it_is_told_less_and_less_often(frames: list[Frame]) -> None:
    told = [n for n in range(1, 18) if warnings_after(n, frames, Copy(), Darker())]
    assert told == [2, 3, 5, 9, 17]


def test_a_sheet_shows_images_translations_and_what_comes_back(frames: list[Frame]) -> None:
    sheet = Sheet(Samples(frames, frames[:2]), 64).drawn((Darker(), Copy()))
    first = square(frames[0], 64)
    for row, expected in enumerate((first, first - 0.1, first - 0.1)):
        drawn = sheet.pixels[:, row * 68 : row * 68 + 64, :64]
        torch.testing.assert_close(drawn, expected, rtol=0, atol=1e-5)
    # Two pictures of B stand in a row of three; the rest is white.
    assert sheet.pixels.shape == (3, 6 * 64 + 5 * 4, 3 * 64 + 2 * 4)
    assert bool((sheet.pixels[:, -64:, -64:] == 1).all())
