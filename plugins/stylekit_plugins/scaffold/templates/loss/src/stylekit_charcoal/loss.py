"""Style loss: mean and standard deviation of each channel.

The statistics that X. Huang and S. Belongie match in "Arbitrary Style Transfer in Real-time with
Adaptive Instance Normalization" (ICCV 2017).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit_charcoal.params import CharcoalParams

EPSILON = 1e-4
"""Variance that is added, so that a square root has a slope where a channel is flat."""


class CharcoalLoss:
    """`mean((m - m_s)^2) + spread * mean((d - d_s)^2)` over channels."""

    # What is measured is a mean over positions: large images can be done in tiles.
    additive = True

    def __init__(self, params: CharcoalParams) -> None:
        self.params = params

    def measure(self, features: Tensor) -> Tensor:
        """Return the first and second moment (2, C) of features (1, C, h, w).

        Raw moments, and no deviations, so that those of several styles can be blended.
        """
        flat = features[0].flatten(1)
        return torch.stack((flat.mean(dim=1), flat.square().mean(dim=1)))

    def compare(self, measured: Tensor, target: Tensor) -> Tensor:
        """Return the loss, a scalar."""
        means = F.mse_loss(measured[0], target[0])
        spreads = F.mse_loss(deviation(measured), deviation(target))
        loss: Tensor = means + self.params.spread * spreads
        return loss


def deviation(moments: Tensor) -> Tensor:
    """Return the standard deviations (C,) of moments (2, C)."""
    variance = moments[1] - moments[0].square()
    return (variance.clamp(min=0) + EPSILON).sqrt()
