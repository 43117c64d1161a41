"""A generator that only copies its input is detected early, with a warning."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from stylekit import Frame
from stylekit.methods.training import TrainingJob
from stylekit_plugins.cyclegan.params import TrainingParams
from stylekit_plugins.cyclegan.sample_sheet import SampleSheet, center_square, mean_change
from stylekit_plugins.cyclegan.trainer import CycleGANTrainer


class Darker(nn.Module):
    """Subtracts 0.2 from values of [-1, 1]."""

    def __init__(self) -> None:
        super().__init__()
        self.zero = nn.Parameter(torch.zeros(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x - 0.2 + self.zero


class Copy(Darker):
    """Changes nothing."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.zero


@pytest.fixture
def frames() -> list[Frame]:
    numbers = torch.Generator().manual_seed(0)
    return [Frame(torch.rand(3, 70, 90, generator=numbers) * 0.5 + 0.3) for _ in range(3)]


def test_mean_change(frames: list[Frame]) -> None:
    assert mean_change(Copy(), frames, 64) == pytest.approx(0, abs=1e-6)
    assert mean_change(Darker(), frames, 64) == pytest.approx(0.1, rel=1e-3)


def warn_after(epoch: int, frames: list[Frame], *generators: nn.Module) -> None:
    device = torch.device("cpu")
    both = {"domain_a": frames, "domain_b": frames}
    job = TrainingJob(both, both, 9, device, 0)
    state: Any = SimpleNamespace(generators=generators)
    CycleGANTrainer(TrainingParams(size=64))._warn_of_copies(job, state, epoch - 1)


def test_the_generator_that_copies_is_named(frames: list[Frame], warned: list[str]) -> None:
    warn_after(3, frames, Darker(), Copy())
    (line,) = warned
    assert line.startswith("After epoch 3 the generator from B to A only copies")
    assert "cyclegan.identity_weight" in line


def test_the_warning_comes_less_and_less_often(frames: list[Frame], warned: list[str]) -> None:
    for epoch in range(1, 18):
        warn_after(epoch, frames, Copy(), Darker())
    assert [line.split()[2] for line in warned] == ["2", "3", "5", "9", "17"]


def test_a_sheet_shows_images_translations_and_what_comes_back(frames: list[Frame]) -> None:
    sheet = SampleSheet({"domain_a": frames, "domain_b": frames[:2]}, 64).draw((Darker(), Copy()))
    first = center_square(frames[0], 64)
    for row, expected in enumerate((first, first - 0.1, first - 0.1)):
        cell = sheet.pixels[:, row * 68 : row * 68 + 64, :64]
        torch.testing.assert_close(cell, expected, rtol=0, atol=1e-5)
    # Two images of B stand in a row of three; the rest is white.
    assert sheet.pixels.shape == (3, 6 * 64 + 5 * 4, 3 * 64 + 2 * 4)
    assert bool((sheet.pixels[:, -64:, -64:] == 1).all())
