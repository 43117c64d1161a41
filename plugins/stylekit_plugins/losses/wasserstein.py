"""Style loss: squared 2-Wasserstein distance of Gaussians fitted to features.

K. Crowson's style-transfer-pytorch (2021) uses it for style:

    W2^2 = |m - m_s|^2 + tr(K + K_s - 2 (K_s^(1/2) K K_s^(1/2))^(1/2))

(Olkin and Pukelsheim, 1982), here as means over the C channels. Where she approximates the matrix
root by Newton-Schulz iterations with a Lyapunov solve on the way back, its trace is here the sum of
the roots of the eigenvalues: no root is needed on the way, and the gradient is exact.

All of it is in float64. The product has the squares of what the covariances have as eigenvalues,
`epsilon^2` = 1e-8 to 1e5 on VGG features, far more than float32 holds: there, gradients were off by
percents, and differed by as much from tile to tile.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit.machine.precision import as_float64
from stylekit_plugins.losses.params import WassersteinParams
from stylekit_plugins.losses.second_order import (
    mean_and_covariance,
    measure_moments,
)

SCALE = 0.5
"""Brings the loss to about the strength of Gram matrices, so that one style weight serves both."""

_KEPT_ROOTS = 64


class WassersteinLoss:
    """`SCALE * W2^2 / C`, with `epsilon` added to the covariances' diagonals."""

    additive = True
    accepts_low_precision = True

    def __init__(self, params: WassersteinParams) -> None:
        self._epsilon = params.epsilon
        # By identity. The targets are kept too, so that no identity is used twice.
        self._roots: dict[int, tuple[Tensor, Tensor]] = {}

    def measure(self, features: Tensor) -> Tensor:
        """Return mean and second moment (C, C + 1) of features (1, C, h, w)."""
        return measure_moments(features)

    def compare(self, measured: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar; rounding can make it a little less than 0."""
        mean, covariance = self._gaussian(measured)
        mean_s, covariance_s = self._gaussian(target)
        root_s = self._root(target, covariance_s)
        # Symmetric up to rounding; eigvalsh reads one triangle, so it must be made so.
        product = root_s @ covariance @ root_s
        eigenvalues = torch.linalg.eigvalsh((product + product.T) / 2)
        # In exact arithmetic none is smaller: both covariances are at least epsilon.
        roots = eigenvalues.clamp(min=self._epsilon**2).sqrt()
        trace = covariance.trace() + covariance_s.trace() - 2 * roots.sum()
        loss: Tensor = SCALE * (F.mse_loss(mean, mean_s) + trace / len(mean))
        return loss.float().to(measured.device)

    def _gaussian(self, measured: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean (C,) and covariance (C, C) in float64, on the CPU if the device has none."""
        mean, covariance = mean_and_covariance(as_float64(measured))
        return mean, covariance + self._epsilon * torch.eye(
            len(mean), device=mean.device, dtype=mean.dtype
        )

    def _root(self, target: Tensor, covariance: Tensor) -> Tensor:
        """Return the symmetric root of a target's covariance, computed once for each target.

        A target must not be changed in place.
        """
        kept = self._roots.get(id(target))
        if kept is None:
            if len(self._roots) >= _KEPT_ROOTS:
                self._roots.clear()
            values, vectors = torch.linalg.eigh(covariance.detach())
            root = vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.T
            kept = self._roots[id(target)] = (target, root)
        return kept[1]
