"""The figures of linearity on values and clips whose figures are known."""

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
    explained,
    linearity,
    step_ratio,
)
from stylekit_plugins.video.params import LinearityParams
from stylekit_plugins.video.track_segments import stretches
from stylekit_plugins.video.tracking import LostError

COUNT = 9


def ramp(count: int = COUNT) -> torch.Tensor:
    later = torch.linspace(0, 1, count)
    return torch.stack((1 - later, later), dim=1)


def test_values_that_follow_the_shares_are_explained() -> None:
    generator = torch.Generator().manual_seed(0)
    ends = torch.rand(2, 50, generator=generator)
    straight = ramp() @ ends
    assert explained([straight], [ramp()]) == pytest.approx(1)
    assert curvature([straight]) == pytest.approx(0, abs=1e-5)
    noise = torch.randn(2000, 50, generator=generator)
    shares = torch.linspace(0, 1, 2000)
    assert explained([noise], [torch.stack((1 - shares, shares), 1)]) == pytest.approx(0, abs=0.01)
    # Second differences of noise have variance 6, first ones 2.
    assert curvature([noise]) == pytest.approx(3**0.5, rel=0.02)


def test_equal_parts_of_signal_and_noise() -> None:
    """SST = signal + noise, SSE = noise: by hand, with orthogonal values."""
    shares = torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.5, 0.5], [0.0, 1.0]])
    signal = torch.tensor([-1.0, 0.0, 0.0, 1.0])
    rest = torch.tensor([0.0, 1.0, -1.0, 0.0])
    assert explained([(signal + rest)[:, None]], [shares]) == pytest.approx(0.5)


def test_three_styles() -> None:
    shares = torch.tensor([[1, 0, 0], [0.5, 0.5, 0], [0, 1, 0], [0, 0.5, 0.5], [0, 0, 1]])
    values = shares @ torch.tensor([[0.1], [0.9], [0.2]])
    assert explained([values], [shares]) == pytest.approx(1)
    assert explained([values], [shares[:, [0, 2, 1]]]) == pytest.approx(1)


def test_a_jump_stands_out() -> None:
    made = torch.tensor([0.0, 0.1, 0.2, 0.8, 0.9, 1.0])[:, None]
    still = torch.zeros(6, 1)
    assert step_ratio([made], [still]) == pytest.approx(6, rel=1e-4)
    # What the content changes itself does not count.
    assert step_ratio([made], [made * 0.5]) == pytest.approx(6, rel=1e-4)


def test_stretches_are_added_up() -> None:
    """Two halves on straight lines of their own; each step of one is twice as large."""
    halves = [torch.linspace(0, 1, 5)[:, None], torch.linspace(1, 0.5, 5)[:, None]]
    shares = [ramp()[:5], ramp()[4:]]
    assert explained(halves, shares) == pytest.approx(1)
    assert curvature(halves) == pytest.approx(0, abs=1e-6)
    # As one stretch, the way back is against the shares.
    assert explained([torch.cat((halves[0], halves[1][1:]))], [ramp()]) < 0.8
    still = [torch.zeros(5, 1)] * 2
    assert step_ratio(halves, still) == pytest.approx(2, rel=1e-5)  # 0.25 and 0.125, lower median


def clips(noise: float, count: int = COUNT, pan: int = 2) -> tuple[Clip, Clip, np.ndarray]:
    """A pan, and results that go from one coloring of it to another."""
    scene, random = texture(120, 154 + pan * (count - 1)), np.random.default_rng(3)
    contents, results = [], []
    shares = ramp(count).numpy()
    for index in range(count):
        frame = window(scene, pan * index, 5, 120, 90)
        one, other = frame.pixels, 1 - frame.pixels
        mixed = shares[index, 0] * one + shares[index, 1] * other
        disturbed = mixed + noise * torch.from_numpy(random.normal(size=mixed.shape)).float()
        contents.append(frame)
        results.append(Frame(disturbed.clamp(0, 1)))
    times = [k / 8 for k in range(count)]
    return (
        Clip(tuple(results), "made", 8.0, times),
        Clip(tuple(contents), "content", 8.0, times),
        shares,
    )


def test_clips_are_compared_along_their_motion() -> None:
    figures = linearity(*clips(0))
    assert figures.rsq > 0.97
    assert figures.step < 1.5
    noisy = linearity(*clips(0.2))
    assert noisy.rsq < 0.8
    assert noisy.kappa > 3 * figures.kappa


def test_a_camera_that_turns_away_is_followed_in_stretches() -> None:
    made, content, shares = clips(0, count=33, pan=8)
    parts = stretches(made, content, list(range(33)))
    assert len(parts) > 1
    assert [part.frames[-1] for part in parts][:-1] == [part.frames[0] for part in parts][1:]
    assert (parts[0].frames[0], parts[-1].frames[-1]) == (0, 32)
    figures = linearity(made, content, shares)
    assert figures.rsq > 0.9
    assert figures.step < 2
    disturbed = linearity(*clips(0.2, count=33, pan=8))
    assert disturbed.rsq < 0.5


def test_nothing_that_lasts_cannot_be_followed() -> None:
    random = np.random.default_rng(1)
    frames = tuple(
        Frame.from_array(random.integers(0, 256, (90, 120, 3), np.uint8)) for _ in range(8)
    )
    with pytest.raises(LostError, match="Hardly anything"):
        linearity(Clip(frames, "made"), Clip(frames, "noise"), ramp(8).numpy())


def test_the_metric_takes_the_shares_from_the_moments() -> None:
    made, content, _ = clips(0)
    blank = Frame(torch.zeros(3, 8, 8))
    styles = (Style(blank, at="0"), Style(blank, at="end"))
    value = LinearityMetric(LinearityParams()).score_pair(made, content, styles)
    assert value == pytest.approx(linearity(*clips(0)).rsq)
    with pytest.raises(InputError, match="four at least"):
        linearity(Clip(made.frames[:3], "made"), Clip(content.frames[:3]), np.ones((3, 1)))
