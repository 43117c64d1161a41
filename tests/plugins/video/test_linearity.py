"""The scores of linearity on values and videos whose scores are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.plugins.video.test_optical_flow import texture, window

from stylekit import Frame
from stylekit.errors import InputError
from stylekit.images.frames import Clip
from stylekit.methods.base import Style
from stylekit_plugins.video.linearity import (
    LinearityMetric,
    curvature,
    linearity,
    r_squared,
    step_ratio,
)
from stylekit_plugins.video.params import LinearityParams
from stylekit_plugins.video.track_segments import track_segments
from stylekit_plugins.video.tracking import TrackingError

COUNT = 9


def ramp(count: int = COUNT) -> torch.Tensor:
    later = torch.linspace(0, 1, count)
    return torch.stack((1 - later, later), dim=1)


def test_values_that_follow_the_weights_are_explained() -> None:
    generator = torch.Generator().manual_seed(0)
    ends = torch.rand(2, 50, generator=generator)
    straight = ramp() @ ends
    assert r_squared([straight], [ramp()]) == pytest.approx(1)
    assert curvature([straight]) == pytest.approx(0, abs=1e-5)
    noise = torch.randn(2000, 50, generator=generator)
    weights = torch.linspace(0, 1, 2000)
    assert r_squared([noise], [torch.stack((1 - weights, weights), 1)]) == pytest.approx(
        0, abs=0.01
    )
    # Second differences of noise have variance 6, first ones 2.
    assert curvature([noise]) == pytest.approx(3**0.5, rel=0.02)


def test_equal_parts_of_signal_and_noise() -> None:
    """SST = signal + noise, SSE = noise: by hand, with orthogonal values."""
    weights = torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.5, 0.5], [0.0, 1.0]])
    signal = torch.tensor([-1.0, 0.0, 0.0, 1.0])
    rest = torch.tensor([0.0, 1.0, -1.0, 0.0])
    assert r_squared([(signal + rest)[:, None]], [weights]) == pytest.approx(0.5)


def test_three_styles() -> None:
    weights = torch.tensor([[1, 0, 0], [0.5, 0.5, 0], [0, 1, 0], [0, 0.5, 0.5], [0, 0, 1]])
    values = weights @ torch.tensor([[0.1], [0.9], [0.2]])
    assert r_squared([values], [weights]) == pytest.approx(1)
    assert r_squared([values], [weights[:, [0, 2, 1]]]) == pytest.approx(1)


def test_a_jump_stands_out() -> None:
    result = torch.tensor([0.0, 0.1, 0.2, 0.8, 0.9, 1.0])[:, None]
    still = torch.zeros(6, 1)
    assert step_ratio([result], [still]) == pytest.approx(6, rel=1e-4)
    # Changes of the content itself do not count.
    assert step_ratio([result], [result * 0.5]) == pytest.approx(6, rel=1e-4)


def test_segments_are_added_up() -> None:
    """Two halves on different straight lines; each step of one is twice as large."""
    halves = [torch.linspace(0, 1, 5)[:, None], torch.linspace(1, 0.5, 5)[:, None]]
    weights = [ramp()[:5], ramp()[4:]]
    assert r_squared(halves, weights) == pytest.approx(1)
    assert curvature(halves) == pytest.approx(0, abs=1e-6)
    # As one segment, the return contradicts the weights.
    assert r_squared([torch.cat((halves[0], halves[1][1:]))], [ramp()]) < 0.8
    still = [torch.zeros(5, 1)] * 2
    assert step_ratio(halves, still) == pytest.approx(2, rel=1e-5)  # 0.25 and 0.125, lower median


def clips(noise: float, count: int = COUNT, pan: int = 2) -> tuple[Clip, Clip, np.ndarray]:
    """A pan, and results that go from one coloring of it to another."""
    scene, random = texture(120, 154 + pan * (count - 1)), np.random.default_rng(3)
    contents, results = [], []
    weights = ramp(count).numpy()
    for index in range(count):
        frame = window(scene, pan * index, 5, 120, 90)
        one, other = frame.pixels, 1 - frame.pixels
        mixed = weights[index, 0] * one + weights[index, 1] * other
        disturbed = mixed + noise * torch.from_numpy(random.normal(size=mixed.shape)).float()
        contents.append(frame)
        results.append(Frame(disturbed.clamp(0, 1)))
    times = [k / 8 for k in range(count)]
    return (
        Clip(tuple(results), "result", 8.0, times),
        Clip(tuple(contents), "content", 8.0, times),
        weights,
    )


def test_videos_are_compared_along_their_motion() -> None:
    scores = linearity(*clips(0))
    assert scores.rsq > 0.97
    assert scores.step < 1.5
    noisy = linearity(*clips(0.2))
    assert noisy.rsq < 0.8
    assert noisy.kappa > 3 * scores.kappa


def test_a_camera_that_turns_away_is_tracked_in_segments() -> None:
    result, content, weights = clips(0, count=33, pan=8)
    segments = track_segments(result, content, list(range(33)))
    assert len(segments) > 1
    assert [segment.frames[-1] for segment in segments][:-1] == [
        segment.frames[0] for segment in segments
    ][1:]
    assert (segments[0].frames[0], segments[-1].frames[-1]) == (0, 32)
    scores = linearity(result, content, weights)
    assert scores.rsq > 0.9
    assert scores.step < 2
    disturbed = linearity(*clips(0.2, count=33, pan=8))
    assert disturbed.rsq < 0.5


def test_noise_cannot_be_tracked() -> None:
    random = np.random.default_rng(1)
    frames = tuple(
        Frame.from_array(random.integers(0, 256, (90, 120, 3), np.uint8)) for _ in range(8)
    )
    with pytest.raises(TrackingError, match="too few pixels can be tracked"):
        linearity(Clip(frames, "result"), Clip(frames, "noise"), ramp(8).numpy())


def test_the_evaluator_takes_the_weights_from_the_timestamps() -> None:
    result, content, _ = clips(0)
    blank = Frame(torch.zeros(3, 8, 8))
    styles = (Style(blank, at="0"), Style(blank, at="end"))
    value = LinearityMetric(LinearityParams()).score_pair(result, content, styles)
    assert value == pytest.approx(linearity(*clips(0)).rsq)
    with pytest.raises(InputError, match="at least four frames"):
        linearity(Clip(result.frames[:3], "result"), Clip(content.frames[:3]), np.ones((3, 1)))
