"""Spreading over the frames of a scene: what becomes of constants, straight lines and jumps."""

from __future__ import annotations

import math

import pytest
import torch

from stylekit_plugins.video.spread import parts, room


def spread(values: torch.Tensor, deviation: float) -> torch.Tensor:
    last = len(values) - 1
    made = []
    for index in range(len(values)):
        frames, shares = parts(index, 0, last, deviation)
        made.append(shares @ values[frames.start : frames.stop])
    return torch.stack(made)


@pytest.mark.parametrize("deviation", [0.0, 1.5, 6.0, 40.0])
def test_constants_stay(deviation: float) -> None:
    assert spread(torch.full((30,), 0.7), deviation).tolist() == pytest.approx([0.7] * 30)


def test_straight_lines_stay_up_to_the_ends() -> None:
    line = torch.linspace(0, 1, 40)
    assert spread(line, 4.0).tolist() == pytest.approx(line.tolist(), abs=1e-5)


def test_a_jump_becomes_many_steps() -> None:
    jump = (torch.arange(60) >= 30).float()
    made = spread(jump, 5.0)
    steps = made.diff()
    assert (steps >= -1e-6).all()
    # The largest is that of a Gaussian: 1 / (deviation sqrt(2 pi)).
    assert float(steps.max()) == pytest.approx(0.3989 / 5, rel=0.02)
    assert made[0] == pytest.approx(0, abs=1e-4)
    assert made[-1] == pytest.approx(1, abs=1e-4)


def test_nothing_is_spread_without_deviation() -> None:
    values = torch.rand(9)
    assert torch.equal(spread(values, 0), values)


def test_nothing_is_spread_beyond_the_scene() -> None:
    frames, shares = parts(12, 10, 14, 30.0)
    assert (frames.start, frames.stop) == (10, 15)
    assert float(shares.sum()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("shares", "most"),
    [
        # Two styles, evenly from one to the other: their middles are the ends.
        ([(1 - k / 8, k / 8) for k in range(9)], 2.0),
        # A switch: the middles of both halves.
        ([(1.0, 0.0)] * 4 + [(0.0, 1.0)] * 4, 1.0),
        ([(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)], 0.25),
        ([(1.0,)] * 5, math.inf),
    ],
)
def test_what_is_spread_leaves_room_for_each_style(
    shares: list[tuple[float, ...]], most: float
) -> None:
    assert room(lambda index: shares[index], len(shares)) == pytest.approx(most)
    assert room(None, len(shares)) == math.inf
