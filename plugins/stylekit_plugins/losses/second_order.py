"""Mean and second moment of features: what several style losses measure.

Both are means over positions, so that measurements of several styles blend linearly and those of
tiles add up. (Covariances would not: they are formed after blending.)
"""

from __future__ import annotations

import torch
from torch import Tensor


def measure_moments(features: Tensor) -> Tensor:
    """Return `[F F^T / N | mean]`, (C, C + 1), of features (1, C, h, w), in float32 at least."""
    channels, height, width = features.shape[-3:]
    flat = features.float().reshape(channels, height * width)
    second = (flat @ flat.T) / (height * width)
    return torch.cat((second, flat.mean(dim=1, keepdim=True)), dim=1)


def mean_and_covariance(measured: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean (C,) and the covariance (C, C) of what `measure_moments` returned."""
    mean = measured[:, -1]
    return mean, measured[:, :-1] - torch.outer(mean, mean)
