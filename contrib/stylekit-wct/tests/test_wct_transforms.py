"""The closed forms: statistics, plain formulas, and degenerate features."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import linalg
from stylekit_wct import transforms
from stylekit_wct.transforms import RIDGE, TRANSFORMS, adain, moments, power, transport, wct
from torch import Tensor


def features(seed: int, channels: int, count: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    mixing = 0.3 * torch.randn(channels, channels, generator=generator, dtype=torch.float64)
    mixing += torch.diag(torch.linspace(0.7, 1.5, channels))
    return (mixing @ torch.randn(channels, count, generator=generator, dtype=torch.float64)) + seed


@pytest.mark.parametrize("transform", [wct, transport])
def test_mean_and_covariance_become_the_styles(transform):
    content, style = features(1, 5, 400), features(2, 5, 300)
    changed = transform(content, style)
    torch.testing.assert_close(changed.mean(dim=1), style.mean(dim=1))
    # Up to the ridge, which is a thousandth of the mean variance.
    scale = float(style.var(dim=1).mean())
    torch.testing.assert_close(
        torch.cov(changed, correction=0),
        torch.cov(style, correction=0),
        atol=20 * RIDGE * scale,
        rtol=0.02,
    )


def test_adain_by_hand():
    content = torch.tensor([[0.0, 2.0], [1.0, 1.5]], dtype=torch.float64)
    style = torch.tensor([[5.0, 11.0], [0.0, 0.5]], dtype=torch.float64)
    # Deviations 1 and 3, means 1 and 8: 8 + 3 (F - 1); then .25 and .25, 1.25 and .25.
    expected = torch.tensor([[5.0, 11.0], [0.0, 0.5]], dtype=torch.float64)
    torch.testing.assert_close(adain(content, style), expected, atol=0.02, rtol=0)


def test_the_maps_are_those_of_the_papers():
    """Against matrix roots by SciPy."""
    content, style = features(3, 4, 200), features(4, 4, 150)
    (mean, k), (mean_s, k_s) = (
        (m.numpy(), c.numpy()) for m, c in (moments(content), moments(style))
    )
    root, root_s = linalg.sqrtm(k).real, linalg.sqrtm(k_s).real
    inverse = np.linalg.inv(root)
    centered = content.numpy() - mean
    whitened = root_s @ inverse @ centered + mean_s
    moved = inverse @ linalg.sqrtm(root @ k_s @ root).real @ inverse @ centered + mean_s
    np.testing.assert_allclose(wct(content, style).numpy(), whitened, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(transport(content, style).numpy(), moved, rtol=1e-6, atol=1e-6)


def test_transport_moves_features_least():
    content, style = features(5, 6, 500), features(6, 6, 500)
    distances = {
        name: float((transform(content, style) - content).square().mean())
        for name, transform in TRANSFORMS.items()
    }
    assert distances["transport"] < distances["wct"]


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_transform_to_its_own_statistics_changes_nothing(name: str):
    content = features(7, 5, 100)
    torch.testing.assert_close(TRANSFORMS[name](content, content), content)


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("count", [1, 3, 40])
def test_features_of_low_rank_stay_finite(name: str, count: int):
    """Fewer positions than channels, channels that never vary, and float32."""
    content, style = features(8, 8, count).float(), features(9, 8, 50).float()
    content[2] = 0
    for one, other in ((content, style), (style, content)):
        changed = TRANSFORMS[name](one, other)
        assert changed.dtype == torch.float32
        assert bool(changed.isfinite().all())
        assert float(changed.abs().max()) < 1000


@pytest.mark.parametrize("block", [1, 70, 10**6])
def test_moments_in_blocks_equal_those_of_the_whole(monkeypatch: pytest.MonkeyPatch, block: int):
    monkeypatch.setattr(transforms, "BLOCK", block)
    content = features(11, 6, 101)
    mean, covariance = moments(content)
    torch.testing.assert_close(mean[:, 0], content.mean(dim=1))
    without_ridge = covariance - torch.cov(content, correction=0)
    ridge = RIDGE * content.var(dim=1, correction=0).mean()
    torch.testing.assert_close(
        without_ridge, ridge * torch.eye(6, dtype=torch.float64), atol=1e-6, rtol=0
    )


def test_powers_multiply():
    _, covariance = moments(features(10, 6, 100))
    torch.testing.assert_close(power(covariance, 0.5) @ power(covariance, 0.5), covariance)
    torch.testing.assert_close(
        power(covariance, -0.5) @ covariance @ power(covariance, -0.5),
        torch.eye(6, dtype=torch.float64),
    )
