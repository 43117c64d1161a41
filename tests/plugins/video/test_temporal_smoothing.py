"""Spreading over the frames of a scene: what becomes of constants, straight lines and jumps."""

from __future__ import annotations

import math

import pytest
import torch

from stylekit_plugins.video.temporal_smoothing import ALONE, pace, parts, room


def spread(values: torch.Tensor, length: float) -> torch.Tensor:
    last = len(values) - 1
    made = []
    for index in range(len(values)):
        frames, shares = parts(index, 0, last, length)
        made.append(shares @ values[frames.start : frames.stop])
    return torch.stack(made)


@pytest.mark.parametrize("length", [0.0, 1.0, 1.5, 6.0, 40.0, 200.0])
def test_constants_stay(length: float) -> None:
    assert spread(torch.full((30,), 0.7), length).tolist() == pytest.approx([0.7] * 30)


def test_straight_lines_stay_up_to_the_ends() -> None:
    line = torch.linspace(0, 1, 40)
    assert spread(line, 4.0).tolist() == pytest.approx(line.tolist(), abs=1e-5)


def test_a_jump_becomes_many_steps() -> None:
    jump = (torch.arange(60) >= 30).float()
    steps = spread(jump, 8.5).diff()
    # A straight line, whose first and last steps are shorter: 8.5 is 7 whole ones and two parts.
    expected = [0.75 / 8.5, *[1 / 8.5] * 7, 0.75 / 8.5]
    assert steps[steps > 1e-6].tolist() == pytest.approx(expected, abs=1e-6)
    assert float(steps.sum()) == pytest.approx(1)


@pytest.mark.parametrize("length", [0, 0.5, 1])
def test_nothing_is_spread_over_one_frame(length: float) -> None:
    values = torch.rand(9)
    assert torch.equal(spread(values, length), values)


def test_nothing_is_spread_beyond_the_scene() -> None:
    frames, shares = parts(12, 10, 14, 30.0)
    assert (frames.start, frames.stop) == (10, 15)
    assert float(shares.sum()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("shares", "most"),
    [
        # Two styles, evenly from one to the other: their middles are the ends.
        ([(1 - k / 8, k / 8) for k in range(9)], 4.0),
        # A switch: the middles of both halves.
        ([(1.0, 0.0)] * 4 + [(0.0, 1.0)] * 4, 5.0),
        ([(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)], 1.25),
        ([(1.0,)] * 5, math.inf),
    ],
)
def test_what_is_spread_leaves_room_for_each_style(
    shares: list[tuple[float, ...]], most: float
) -> None:
    assert room(lambda index: shares[index], len(shares)) == pytest.approx(most)
    assert room(None, len(shares)) == math.inf


def test_a_sudden_change_may_take_longer_if_it_is_the_only_one() -> None:
    switch = [(1.0, 0.0)] * 4 + [(0.0, 1.0)] * 4
    switches = [(1.0, 0.0, 0.0)] * 4 + [(0.0, 1.0, 0.0)] * 4 + [(0.0, 0.0, 1.0)] * 4
    gradual = [(1 - k / 8, k / 8) for k in range(9)]
    found = [room(shares.__getitem__, len(shares), ALONE) for shares in (switch, switches, gradual)]
    assert found == pytest.approx([7.0, 5.0, 4.0])


@pytest.mark.parametrize("count", [10, 16, 31, 100])
def test_a_switch_in_the_middle_has_most_of_the_steps_on_the_way(count: int) -> None:
    jump = (torch.arange(count) >= count // 2).float()
    shares = torch.stack((1 - jump, jump), dim=1).tolist()
    steps = spread(jump, room(lambda index: shares[index], count, ALONE)).diff()
    assert float(steps.max() / steps.median()) < 1.5


def test_the_pace_is_the_part_of_the_styles_that_changes() -> None:
    ways = [(1.0, 0.0, 0.0), (0.75, 0.25, 0.0), (0.75, 0.25, 0.0), (0.0, 0.25, 0.75)]
    assert [pace(lambda k: ways[k], index) for index in (1, 2, 3)] == [0.25, 0.0, 0.75]
    assert pace(None, 1) == 0.0
