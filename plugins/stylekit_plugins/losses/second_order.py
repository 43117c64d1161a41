"""Mean and second moment of features: what several style losses measure.

Both are means over positions, so that measurements of several styles blend linearly and those of
tiles add up. (Covariances would not: they are formed after blending.)

They are summed in float64. Where a layer has few positions or dependent channels, covariances have
no full rank, and roots magnify whatever leads out of their range. Rounding of float32 sums does;
that of float32 features does not, because their own range moves with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from stylekit.machine.precision import has_float64

# Features that are held in float64 at once, 8 MiB.
_BLOCK = 1 << 20


def measure_moments(features: Tensor) -> Tensor:
    """Return `[F F^T / N | mean]`, (C, C + 1), of features (1, C, h, w), of any precision.

    It is float64, or float32 on a device that has no more.
    """
    channels, height, width = features.shape[-3:]
    measured: Tensor = _Moments.apply(features.reshape(channels, height * width))
    return measured


def mean_and_covariance(measured: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean (C,) and the covariance (C, C) of what `measure_moments` returned."""
    mean = measured[:, -1]
    return mean, measured[:, :-1] - torch.outer(mean, mean)


class _Moments(torch.autograd.Function):
    """Moments of (C, N), in blocks: no float64 copy of all features is made, or kept for later.

    The way back is in float64 too: the slopes of roots are large where features vary little.
    """

    @staticmethod
    def forward(ctx: Any, flat: Tensor) -> Tensor:
        ctx.save_for_backward(flat)
        channels, count = flat.shape
        dtype = torch.float64 if has_float64(flat.device) else torch.float32
        sums = flat.new_zeros(channels, channels + 1, dtype=dtype)
        for block in blocks(flat):
            wide = block.to(dtype)
            sums[:, :-1].addmm_(wide, wide.T)
            sums[:, -1] += wide.sum(dim=1)
        return sums / count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        (flat,) = ctx.saved_tensors
        slope = slope / flat.shape[1]
        of_second, of_mean = slope[:, :-1] + slope[:, :-1].T, slope[:, -1:]
        gradient = torch.empty_like(flat)
        for block, place in zip(blocks(flat), blocks(gradient), strict=True):
            place.copy_(torch.addmm(of_mean, of_second, block.to(slope.dtype)))
        return gradient


def blocks(flat: Tensor) -> Iterator[Tensor]:
    """Yield (C, N) in pieces of a limited number of values, as views."""
    length = max(1, _BLOCK // len(flat))
    for start in range(0, flat.shape[1], length):
        yield flat[:, start : start + length]
