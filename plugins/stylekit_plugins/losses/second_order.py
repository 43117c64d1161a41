"""Mean and second moment of features, the statistics of several style losses.

Both are means over positions, so that statistics of several styles blend linearly and those of
tiles add up. (Covariances would not: they are computed after blending.)

They are summed in float64. Where a layer has few positions or dependent channels, covariances lack
full rank, and matrix roots magnify every error outside of their range. Rounding of float32 sums is
such an error; rounding of float32 features is not, because the range moves with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from stylekit.machine.precision import has_float64

# Number of features converted to float64 at once, 8 MiB.
_BLOCK = 1 << 20


def measure_moments(features: Tensor) -> Tensor:
    """Return `[F F^T / N | mean]`, (C, C + 1), of features (1, C, h, w), of any precision.

    The result is float64, or float32 on a device without float64.
    """
    channels, height, width = features.shape[-3:]
    measured: Tensor = _Moments.apply(features.reshape(channels, height * width))
    return measured


def mean_and_covariance(measured: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean (C,) and the covariance (C, C) from the result of `measure_moments`."""
    mean = measured[:, -1]
    return mean, measured[:, :-1] - torch.outer(mean, mean)


class _Moments(torch.autograd.Function):
    """Moments of (C, N), in blocks, without a float64 copy of all features.

    Backward is in float64 too: gradients of roots are large where features vary little.
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
    def backward(ctx: Any, grad_output: Tensor) -> Tensor:
        (flat,) = ctx.saved_tensors
        grad_output = grad_output / flat.shape[1]
        second = grad_output[:, :-1]
        symmetric, mean = second + second.T, grad_output[:, -1:]
        gradient = torch.empty_like(flat)
        for block, part in zip(blocks(flat), blocks(gradient), strict=True):
            part.copy_(torch.addmm(mean, symmetric, block.to(grad_output.dtype)))
        return gradient


def blocks(flat: Tensor) -> Iterator[Tensor]:
    """Yield (C, N) in column blocks of at most `_BLOCK` values, as views."""
    length = max(1, _BLOCK // len(flat))
    for start in range(0, flat.shape[1], length):
        yield flat[:, start : start + length]
