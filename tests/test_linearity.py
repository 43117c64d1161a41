"""The figures of linearity on values and clips whose figures are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.test_motion import texture, window

from stylekit import Frame
from stylekit.errors import InputError
from stylekit.frames import Clip
from stylekit.method import Style
from stylekit_plugins.video.linearity import (
    LinearityEvaluator,
    curvature,
    explained,
    linearity,
    step_ratio,
)
from stylekit_plugins.video.params import LinearityParams

COUNT = 9


def ramp() -> torch.Tensor:
    later = torch.linspace(0, 1, COUNT)
    return torch.stack((1 - later, later), dim=1)


def test_values_that_follow_the_shares_are_explained() -> None:
    generator = torch.Generator().manual_seed(0)
    ends = torch.rand(2, 50, generator=generator)
    straight = ramp() @ ends
    assert explained(straight, ramp()) == pytest.approx(1)
    assert curvature(straight) == pytest.approx(0, abs=1e-5)
    noise = torch.randn(2000, 50, generator=generator)
    shares = torch.linspace(0, 1, 2000)
    assert explained(noise, torch.stack((1 - shares, shares), 1)) == pytest.approx(0, abs=0.01)
    # Second differences of noise have variance 6, first ones 2.
    assert curvature(noise) == pytest.approx(3**0.5, rel=0.02)


def test_equal_parts_of_signal_and_noise() -> None:
    """SST = signal + noise, SSE = noise: by hand, with orthogonal values."""
    shares = torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.5, 0.5], [0.0, 1.0]])
    signal = torch.tensor([-1.0, 0.0, 0.0, 1.0])
    rest = torch.tensor([0.0, 1.0, -1.0, 0.0])
    assert explained((signal + rest)[:, None], shares) == pytest.approx(0.5)


def test_three_styles() -> None:
    shares = torch.tensor([[1, 0, 0], [0.5, 0.5, 0], [0, 1, 0], [0, 0.5, 0.5], [0, 0, 1]])
    values = shares @ torch.tensor([[0.1], [0.9], [0.2]])
    assert explained(values, shares) == pytest.approx(1)
    assert explained(values, shares[:, [0, 2, 1]]) == pytest.approx(1)


def test_a_jump_stands_out() -> None:
    made = torch.tensor([0.0, 0.1, 0.2, 0.8, 0.9, 1.0])[:, None]
    still = torch.zeros(6, 1)
    assert step_ratio(made, still) == pytest.approx(6, rel=1e-4)
    # What the content changes itself does not count.
    assert step_ratio(made, made * 0.5) == pytest.approx(6, rel=1e-4)


def clips(noise: float) -> tuple[Clip, Clip, np.ndarray]:
    """A pan, and results that go from one colouring of it to another."""
    scene, random = texture(120, 170), np.random.default_rng(3)
    contents, results = [], []
    shares = ramp().numpy()
    for index in range(COUNT):
        frame = window(scene, 2 * index, 5, 120, 90)
        one, other = frame.pixels, 1 - frame.pixels
        mixed = shares[index, 0] * one + shares[index, 1] * other
        disturbed = mixed + noise * torch.from_numpy(random.normal(size=mixed.shape)).float()
        contents.append(frame)
        results.append(Frame(disturbed.clamp(0, 1)))
    times = [k / 8 for k in range(COUNT)]
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


def test_the_evaluator_takes_the_shares_from_the_moments() -> None:
    made, content, _ = clips(0)
    blank = Frame(torch.zeros(3, 8, 8))
    styles = (Style(blank, when="0"), Style(blank, when="end"))
    value = LinearityEvaluator(LinearityParams()).evaluate(made, content, styles)
    assert value == pytest.approx(linearity(*clips(0)).rsq)
    with pytest.raises(InputError, match="four at least"):
        linearity(Clip(made.frames[:3], "made"), Clip(content.frames[:3]), np.ones((3, 1)))
