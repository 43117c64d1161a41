"""Style loss: squared 2-Wasserstein distance of Gaussians fitted to features.

K. Crowson's style-transfer-pytorch (2021) uses it for style:

    W2^2 = |m - m_s|^2 + tr(K + K_s - 2 (K_s^(1/2) K K_s^(1/2))^(1/2))

(Olkin and Pukelsheim, 1982), here as means over the C channels. She approximates the matrix root by
Newton-Schulz iterations, with a Lyapunov solve in the backward pass. Here its trace is the sum of
the roots of the eigenvalues, which needs no matrix root and has an exact gradient.

All of it is in float64: eigenvalues of the product range from `epsilon^2` = 1e-8 to 1e5 on VGG
features, too wide for float32 (benchmarks/notes/precision.md).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit.machine.precision import as_float64
from stylekit_plugins.losses.params import WassersteinParams
from stylekit_plugins.losses.second_order import mean_and_covariance, measure_moments

SCALE = 0.5
"""Makes the loss about as strong as that of Gram matrices, so that one style weight fits both."""

_MAX_ROOTS = 64


class WassersteinLoss:
    """`SCALE * W2^2 / C`, with `epsilon` added to the covariances' diagonals."""

    additive = True
    accepts_low_precision = True

    def __init__(self, params: WassersteinParams) -> None:
        self._epsilon = params.epsilon
        # By identity of the target; the target is stored too, so that its identity is not reused.
        self._roots: dict[int, tuple[Tensor, Tensor]] = {}

    def measure(self, features: Tensor) -> Tensor:
        """Return mean and second moment (C, C + 1) of features (1, C, h, w)."""
        return measure_moments(features)

    def compare(self, measured: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar; rounding can make it slightly negative."""
        mean, covariance = self._gaussian(measured)
        mean_s, covariance_s = self._gaussian(target)
        root_s = self._root(target, covariance_s)
        # Symmetric up to rounding; eigvalsh reads one triangle, so make it exactly symmetric.
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
        cached = self._roots.get(id(target))
        if cached is None:
            if len(self._roots) >= _MAX_ROOTS:
                self._roots.clear()
            values, vectors = torch.linalg.eigh(covariance.detach())
            root = vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.T
            cached = self._roots[id(target)] = (target, root)
        return cached[1]
