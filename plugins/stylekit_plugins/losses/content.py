"""Content loss: mean squared error of features.

Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks" (CVPR 2016),
equation 1, which has half the sum; the mean makes a weight mean the same for every size and layer.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


class ContentLoss:
    """`mean((F - F_c)^2)` over all C * h * w entries."""

    additive = True

    def __init__(self, params: object) -> None:
        pass

    def measure(self, features: Tensor) -> Tensor:
        """Return the features (1, C, h, w) themselves."""
        return features

    def compare(self, measured: Tensor, target: Tensor) -> Tensor:
        """Return the mean squared error, a scalar."""
        return F.mse_loss(measured, target)
