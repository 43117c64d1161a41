"""Closed-form transforms that give features the statistics of others.

Features are matrices (C, N), a column a position. With means m, m_s and covariances K, K_s:

- `wct`: `K_s^(1/2) K^(-1/2) (F - m) + m_s` (Y. Li, C. Fang, J. Yang, Z. Wang, X. Lu, M.-H. Yang:
  "Universal Style Transfer via Feature Transforms", NIPS 2017, equations 2 and 3);
- `transport`: `K^(-1/2) (K^(1/2) K_s K^(1/2))^(1/2) K^(-1/2) (F - m) + m_s` (M. Lu, H. Zhao,
  A. Yao, Y. Chen, F. Xu, L. Zhang: "A Closed-Form Solution to Universal Style Transfer", ICCV
  2019): of all linear maps to this mean and covariance, the one that moves features least;
- `adain`: `(F - m) s_s / s + m_s` with the deviations s of each channel (X. Huang, S. Belongie:
  "Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization", ICCV 2017,
  equation 8).

Covariances are in float64, with a constant added to the diagonal: directions in which features
hardly vary would be magnified without bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from stylekit.machine.precision import has_float64

RIDGE = 1e-3
"""Fraction of a covariance's mean variance that is added to each channel's."""

BLOCK = 1 << 20
"""Number of features converted to float64 at once, 8 MiB."""


def wct(features: Tensor, style: Tensor) -> Tensor:
    """Return features (C, N) with mean and covariance of the style's (C, M)."""
    (mean, covariance), (mean_s, covariance_s) = moments(features), moments(style)
    change = power(covariance_s, 0.5) @ power(covariance, -0.5)
    return _apply(change, features, mean, mean_s)


def transport(features: Tensor, style: Tensor) -> Tensor:
    """Return features (C, N) with mean and covariance of the style's (C, M), moved least."""
    (mean, covariance), (mean_s, covariance_s) = moments(features), moments(style)
    root, inverse = power(covariance, 0.5), power(covariance, -0.5)
    change = inverse @ power(root @ covariance_s @ root, 0.5) @ inverse
    return _apply(change, features, mean, mean_s)


def adain(features: Tensor, style: Tensor) -> Tensor:
    """Return features (C, N) with mean and deviation of each of the style's channels (C, M)."""
    (mean, covariance), (mean_s, covariance_s) = moments(features), moments(style)
    gain = (covariance_s.diagonal() / covariance.diagonal()).sqrt()
    return _apply(torch.diag(gain), features, mean, mean_s)


TRANSFORMS: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "wct": wct,
    "transport": transport,
    "adain": adain,
}


def moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean (C, 1) and covariance (C, C) of (C, N), float64 where the device has it."""
    widest = _widest(features)
    channels, count = features.shape
    mean = features.mean(dim=1, keepdim=True, dtype=widest)
    covariance = features.new_zeros(channels, channels, dtype=widest)
    # In blocks, to avoid a float64 copy of all features.
    length = max(1, BLOCK // channels)
    for start in range(0, count, length):
        centered = features[:, start : start + length].to(widest) - mean
        covariance.addmm_(centered, centered.T, alpha=1 / count)
    ridge = RIDGE * covariance.diagonal().mean() + torch.finfo(torch.float32).eps
    return mean, covariance + ridge * torch.eye(len(covariance)).to(covariance)


def power(covariance: Tensor, exponent: float) -> Tensor:
    """Return a power of a symmetric, positive definite matrix (C, C)."""
    values, vectors = torch.linalg.eigh((covariance + covariance.T) / 2)
    # Rounding can go slightly below the minimum that the ridge guarantees.
    values = values.clamp(min=values[-1] * torch.finfo(values.dtype).eps)
    raised: Tensor = (vectors * values.pow(exponent)) @ vectors.T
    return raised


def _apply(change: Tensor, features: Tensor, mean: Tensor, mean_s: Tensor) -> Tensor:
    """Return `change (F - mean) + mean_s`, in the number format of the features."""
    offset = mean_s - change @ mean
    return torch.addmm(offset.to(features.dtype), change.to(features.dtype), features)


def _widest(features: Tensor) -> torch.dtype:
    return torch.float64 if has_float64(features.device) else torch.float32
