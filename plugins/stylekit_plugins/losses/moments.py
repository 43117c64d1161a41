"""Style loss: first and second central moments of features, compared separately.

N. Kalischek, J. D. Wegner, K. Schindler: "In the Light of Feature Distributions: Moment Matching
for Neural Style Transfer" (CVPR 2021), with the first two moments, and all covariances instead of
variances alone. A Gram matrix mixes the two: a bright and a contrasted texture can share it.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from stylekit_plugins.losses.second_order import mean_and_covariance, measure_moments

SCALE = 1.5
"""Makes the loss about as strong as that of Gram matrices, so that one style weight fits both."""


class MomentsLoss:
    """`SCALE * (mean((m - m_s)^2) + mean((K - K_s)^2))`, m the mean and K the covariance."""

    additive = True
    accepts_low_precision = True

    def __init__(self, params: object) -> None:
        pass

    def measure(self, features: Tensor) -> Tensor:
        """Return mean and second moment (C, C + 1) of features (1, C, h, w)."""
        return measure_moments(features)

    def compare(self, measured: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a float32 scalar."""
        (mean, covariance), (mean_s, covariance_s) = map(mean_and_covariance, (measured, target))
        loss = SCALE * (F.mse_loss(mean, mean_s) + F.mse_loss(covariance, covariance_s))
        return loss.float()
