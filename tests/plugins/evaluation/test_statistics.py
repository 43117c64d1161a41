"""Every interval against a value by hand, a library, or a simulation of what it promises."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from stylekit_plugins.evaluation.retention.statistics import clustered, ratio, wilson


def test_wilson_is_the_formula() -> None:
    """8 of 10, by hand with z = 1.959964."""
    z, n, p = 1.9599639845400545, 10, 0.8
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * (p * (1 - p) / n + z**2 / (4 * n**2)) ** 0.5
    interval = wilson(8, 10, 0.95)
    assert (interval.mean, interval.how) == (0.8, "wilson")
    assert interval.low == pytest.approx(middle - half, abs=1e-12)
    assert interval.high == pytest.approx(middle + half, abs=1e-12)
    # From statsmodels' proportion_confint(8, 10, method="wilson").
    assert (interval.low, interval.high) == pytest.approx((0.49016247153664183, 0.9433178485456247))


def test_wilson_at_the_ends() -> None:
    assert wilson(0, 20, 0.95).low == pytest.approx(0, abs=1e-12)
    assert wilson(0, 20, 0.95).high == pytest.approx(0.16112515, abs=1e-7)
    assert wilson(20, 20, 0.95).high == pytest.approx(1, abs=1e-12)


def test_the_bootstrap_draws_styles() -> None:
    """Percentiles of means of styles drawn with replacement, by plain numpy."""
    means = [0.2, 0.5, 0.4, 0.9, 0.7]
    interval = clustered(means, 10_000, 0.95, 0)
    rng = np.random.default_rng(7)
    drawn = np.asarray(means)[rng.integers(0, 5, (200_000, 5))].mean(axis=1)
    assert interval.mean == pytest.approx(0.54)
    assert interval.how == "styles"
    low, high = np.quantile(drawn, (0.025, 0.975))
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.01)


def test_with_two_styles_every_draw_is_known() -> None:
    """0 and 1: the mean of two draws is 0, 1/2 or 1 with 1/4, 1/2, 1/4."""
    interval = clustered([0.0, 1.0], 10_000, 0.95, 0)
    assert (interval.mean, interval.low, interval.high) == (0.5, 0.0, 1.0)
    inner = clustered([0.0, 1.0], 10_000, 0.4, 0)
    assert (inner.low, inner.high) == (0.5, 0.5)


def test_students_t_is_given_beside() -> None:
    means = [1.0, 2.0, 3.0, 4.0]
    interval = clustered(means, 1000, 0.95, 0)
    half = stats.t.ppf(0.975, 3) * np.std(means, ddof=1) / 2
    assert (interval.t_low, interval.t_high) == pytest.approx((2.5 - half, 2.5 + half))


def test_one_style_or_equal_ones() -> None:
    assert clustered([0.3], 1000, 0.95, 0).low is None
    equal = clustered([0.3, 0.3, 0.3], 1000, 0.95, 0)
    assert (equal.low, equal.high) == (pytest.approx(0.3), pytest.approx(0.3))


def test_the_seed_decides() -> None:
    means = [0.21, 0.52, 0.43, 0.94, 0.05, 0.66, 0.77, 0.38]
    assert clustered(means, 1000, 0.95, 3) == clustered(means, 1000, 0.95, 3)
    assert clustered(means, 200, 0.9, 3) != clustered(means, 200, 0.9, 4)


def test_a_ratio_of_the_same_images() -> None:
    clean = [True] * 80 + [False] * 20
    kept = [True] * 60 + [False] * 40
    interval = ratio(kept, clean, 4000, 0.95, 0)
    assert interval.mean == pytest.approx(0.75)
    assert interval.how == "images"
    assert interval.low is not None
    assert interval.high is not None
    # Every image that is kept was correct before: a fraction of 60 of 80.
    half = 1.96 * (0.75 * 0.25 / 80) ** 0.5
    assert (interval.low, interval.high) == pytest.approx((0.75 - half, 0.75 + half), abs=0.015)
    assert ratio(clean, clean, 1000, 0.95, 0).low == 1


@pytest.mark.parametrize(("styles", "least", "most"), [(4, 0.74, 0.88), (20, 0.90, 0.96)])
def test_how_often_the_bootstrap_holds_the_truth(styles: int, least: float, most: float) -> None:
    """Styles whose own accuracy varies, and 50 images in each, as the notes warn of few styles."""
    rng = np.random.default_rng(0)
    held, trials = 0, 500
    for trial in range(trials):
        accuracies = rng.beta(6, 4, styles)
        means = rng.binomial(50, accuracies) / 50
        interval = clustered(list(means), 400, 0.95, trial)
        assert interval.low is not None
        assert interval.high is not None
        held += interval.low <= 0.6 <= interval.high
    assert least < held / trials < most


@pytest.mark.parametrize("styles", [4, 20])
def test_how_often_students_t_holds_the_truth(styles: int) -> None:
    rng = np.random.default_rng(1)
    held, trials = 0, 500
    for trial in range(trials):
        means = rng.binomial(50, rng.beta(6, 4, styles)) / 50
        interval = clustered(list(means), 100, 0.95, trial)
        assert interval.t_low is not None
        assert interval.t_high is not None
        held += interval.t_low <= 0.6 <= interval.t_high
    assert 0.92 < held / trials < 0.98


def test_how_often_wilson_holds_the_truth() -> None:
    rng = np.random.default_rng(2)
    counts = rng.binomial(40, 0.85, 2000)
    held = 0
    for count in counts:
        interval = wilson(int(count), 40, 0.95)
        assert interval.low is not None
        assert interval.high is not None
        held += interval.low <= 0.85 <= interval.high
    assert 0.92 < held / len(counts) < 0.98
