"""Style loss: mean squared error of Gram matrices.

Gatys, Ecker and Bethge (CVPR 2016), equations 3 and 4. The Gram matrix here is divided by the
number of positions N, so that images of different sizes can be compared, and a layer's loss is
the mean over its C^2 entries; the paper divides the sum by 4 C^2 N^2, a quarter of this.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from stylekit.machine.precision import bfloat16_matmul, supports_bfloat16_matmul
from stylekit_plugins.losses.params import GramParams
from stylekit_plugins.losses.second_order import blocks


class GramLoss:
    """`mean((G - G_s)^2)` with `G = F F^T / N`."""

    additive = True
    accepts_low_precision = True

    def __init__(self, params: GramParams) -> None:
        self._precision = params.precision

    def measure(self, features: Tensor) -> Tensor:
        """Return the Gram matrix (C, C) of features (1, C, h, w): a mean over the h * w positions.

        The sums are float32 at least: over a large image they would overflow half precision.
        """
        use_bfloat16 = self._precision == "bfloat16" or (
            self._precision == "auto"
            and features.device.type == "cpu"
            and supports_bfloat16_matmul(features.device)
        )
        gram: Tensor = _Gram.apply(features.reshape(features.shape[-3], -1), use_bfloat16)
        return gram

    def compare(self, measured: Tensor, target: Tensor) -> Tensor:
        """Return the mean squared error of two Gram matrices, a scalar."""
        return F.mse_loss(measured, target)


class _Gram(Function):
    """`F F^T / N` of F (C, N).

    The gradient by it is made symmetric, so that backward needs one product instead of two.
    """

    @staticmethod
    def forward(ctx: Any, flat: Tensor, use_bfloat16: bool) -> Tensor:
        ctx.save_for_backward(flat)
        ctx.use_bfloat16 = use_bfloat16
        channels, count = flat.shape
        with bfloat16_matmul(use_bfloat16):
            if not _is_half(flat):
                return (flat @ flat.T) / count
            gram = flat.new_zeros(channels, channels, dtype=torch.float32)
            for block in blocks(flat):
                wide = block.float()
                gram.addmm_(wide, wide.T)
            return gram / count

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None]:
        (flat,) = ctx.saved_tensors
        grad_output = (grad_output + grad_output.T) / flat.shape[1]
        # In the memory layout of the features, whose other gradients are added to it.
        gradient = torch.empty_like(flat)
        if _is_half(flat) and not ctx.use_bfloat16:
            for block, part in zip(blocks(flat), blocks(gradient), strict=True):
                part.copy_(grad_output @ block.float())
            return gradient, None
        with bfloat16_matmul(ctx.use_bfloat16):
            torch.mm(grad_output.to(flat.dtype), flat, out=gradient)
        return gradient, None


def _is_half(x: Tensor) -> bool:
    return x.dtype in (torch.bfloat16, torch.float16)
