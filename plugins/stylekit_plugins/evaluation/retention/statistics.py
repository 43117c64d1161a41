"""Intervals: by the bootstrap over clusters, by Student's t, by Wilson.

The results of a method in one style resemble each other, so the bootstrap draws styles: its values
are means of styles. B. Efron, R. Tibshirani: "An Introduction to the Bootstrap" (1993), chapter 13
(percentiles). With few clusters such intervals are too short (a test simulates by how much), so
Student's t over the same means, exact for normal ones, is given too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A mean with its interval.

    Attributes:
        low: None: there is no interval.
        how: `styles` or `images` if the bootstrap drew those, `wilson`, or "".
        t_low: of Student's t over the means of styles.
    """

    mean: float
    low: float | None = None
    high: float | None = None
    how: str = ""
    t_low: float | None = None
    t_high: float | None = None


def clustered(
    means: Sequence[float], draws: int, confidence: float, seed: int, how: str = "styles"
) -> Interval:
    """Return the mean of the means of clusters, with the bootstrap's percentile interval."""
    values = np.asarray(means, dtype=np.float64)
    mean = float(values.mean())
    if len(values) < 2:
        return Interval(mean)
    if np.ptp(values) == 0:
        return Interval(mean, mean, mean, how, mean, mean)
    drawn = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=draws,
        confidence_level=confidence,
        method="percentile",
        random_state=np.random.default_rng(seed),
    ).confidence_interval
    t_low, t_high = stats.t.interval(confidence, len(values) - 1, loc=mean, scale=stats.sem(values))
    return Interval(mean, float(drawn.low), float(drawn.high), how, float(t_low), float(t_high))


def ratio(
    kept: Sequence[bool], clean: Sequence[bool], draws: int, confidence: float, seed: int
) -> Interval:
    """Return mean(kept) / mean(clean) of the same images, with a bootstrap over the images.

    For methods that ignore the style.
    """
    after, before = (np.asarray(values, dtype=np.float64) for values in (kept, clean))
    mean = float(after.mean() / before.mean())
    if len(after) < 2 or (np.ptp(after) == 0 and np.ptp(before) == 0):
        return Interval(mean)

    def statistic(above: Values, below: Values, axis: int) -> Values:
        # The ratio of a draw without a single correct prediction is undefined.
        whole = below.sum(axis=axis)
        result: Values = above.sum(axis=axis) / np.where(whole == 0, np.nan, whole)
        return result

    drawn = stats.bootstrap(
        (after, before),
        statistic,
        n_resamples=draws,
        confidence_level=confidence,
        method="percentile",
        paired=True,
        vectorized=True,
        random_state=np.random.default_rng(seed),
    ).bootstrap_distribution
    tails = (1 - confidence) / 2
    low, high = np.nanquantile(drawn, (tails, 1 - tails))
    return Interval(mean, float(low), float(high), "images")


def wilson(right: int, count: int, confidence: float) -> Interval:
    """Return the fraction of independent cases, with Wilson's score interval (JASA 1927)."""
    interval = stats.binomtest(right, count).proportion_ci(confidence, method="wilson")
    return Interval(right / count, float(interval.low), float(interval.high), "wilson")
