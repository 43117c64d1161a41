"""Temporal smoothing over the frames of a scene: constants, straight lines and jumps."""

from __future__ import annotations

import math

import pytest
import torch

from stylekit_plugins.video.temporal_smoothing import (
    SINGLE_CHANGE_FACTOR,
    max_window,
    style_rate,
    window_weights,
)


def smooth(values: torch.Tensor, length: float) -> torch.Tensor:
    last = len(values) - 1
    smoothed = []
    for index in range(len(values)):
        frames, weights = window_weights(index, 0, last, length)
        smoothed.append(weights @ values[frames.start : frames.stop])
    return torch.stack(smoothed)


@pytest.mark.parametrize("length", [0.0, 1.0, 1.5, 6.0, 40.0, 200.0])
def test_constants_stay(length: float) -> None:
    assert smooth(torch.full((30,), 0.7), length).tolist() == pytest.approx([0.7] * 30)


def test_straight_lines_stay_up_to_the_ends() -> None:
    line = torch.linspace(0, 1, 40)
    assert smooth(line, 4.0).tolist() == pytest.approx(line.tolist(), abs=1e-5)


def test_a_jump_becomes_many_steps() -> None:
    jump = (torch.arange(60) >= 30).float()
    steps = smooth(jump, 8.5).diff()
    # A straight line, whose first and last steps are shorter: 8.5 is 7 whole ones and two parts.
    expected = [0.75 / 8.5, *[1 / 8.5] * 7, 0.75 / 8.5]
    assert steps[steps > 1e-6].tolist() == pytest.approx(expected, abs=1e-6)
    assert float(steps.sum()) == pytest.approx(1)


@pytest.mark.parametrize("length", [0, 0.5, 1])
def test_a_window_of_one_frame_changes_nothing(length: float) -> None:
    values = torch.rand(9)
    assert torch.equal(smooth(values, length), values)


def test_windows_end_with_the_scene() -> None:
    frames, weights = window_weights(12, 10, 14, 30.0)
    assert (frames.start, frames.stop) == (10, 15)
    assert float(weights.sum()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        # Two styles, linearly from one to the other: their centers are the ends.
        ([(1 - k / 8, k / 8) for k in range(9)], 4.0),
        # A switch: the centers of both halves.
        ([(1.0, 0.0)] * 4 + [(0.0, 1.0)] * 4, 5.0),
        ([(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)], 1.25),
        ([(1.0,)] * 5, math.inf),
    ],
)
def test_the_longest_window_still_shows_each_style(
    weights: list[tuple[float, ...]], expected: float
) -> None:
    assert max_window(weights.__getitem__, len(weights)) == pytest.approx(expected)
    assert max_window(None, len(weights)) == math.inf


def test_the_only_sudden_change_may_take_longer() -> None:
    switch = [(1.0, 0.0)] * 4 + [(0.0, 1.0)] * 4
    switches = [(1.0, 0.0, 0.0)] * 4 + [(0.0, 1.0, 0.0)] * 4 + [(0.0, 0.0, 1.0)] * 4
    gradual = [(1 - k / 8, k / 8) for k in range(9)]
    windows = [
        max_window(weights.__getitem__, len(weights), SINGLE_CHANGE_FACTOR)
        for weights in (switch, switches, gradual)
    ]
    assert windows == pytest.approx([7.0, 5.0, 4.0])


@pytest.mark.parametrize("count", [10, 16, 31, 100])
def test_most_frames_are_in_the_transition_of_a_switch_in_the_middle(count: int) -> None:
    jump = (torch.arange(count) >= count // 2).float()
    weights = torch.stack((1 - jump, jump), dim=1).tolist()
    steps = smooth(jump, max_window(weights.__getitem__, count, SINGLE_CHANGE_FACTOR)).diff()
    assert float(steps.max() / steps.median()) < 1.5


def test_the_style_rate_is_the_fraction_of_the_weights_that_changes() -> None:
    path = [(1.0, 0.0, 0.0), (0.75, 0.25, 0.0), (0.75, 0.25, 0.0), (0.0, 0.25, 0.75)]
    assert [style_rate(path.__getitem__, index) for index in (1, 2, 3)] == [0.25, 0.0, 0.75]
    assert style_rate(None, 1) == 0.0
