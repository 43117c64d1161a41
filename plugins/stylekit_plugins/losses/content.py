"""Content loss: mean squared error of features.

Gatys, Ecker and Bethge, "Image Style Transfer Using Convolutional Neural Networks" (CVPR 2016),
equation 1, which has half the sum; with the mean, a weight has the same effect at every size and
layer.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable


class ContentLoss:
    """`mean((F - F_c)^2)` over all C * h * w entries."""

    additive = True
    accepts_low_precision = True

    def __init__(self, params: object) -> None:
        pass

    def measure(self, features: Tensor) -> Tensor:
        """Return the features (1, C, h, w) unchanged, in their own number format."""
        return features

    def compare(self, measured: Tensor, target: Tensor) -> Tensor:
        """Return the mean squared error, a scalar."""
        loss: Tensor = _MeanSquare.apply(measured, target)
        return loss


class _MeanSquare(Function):
    """`mean((x - target)^2)`; its gradient has the layout of `x`, where torch's is contiguous.

    The difference is float32 at least.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, target: Tensor) -> Tensor:
        ctx.save_for_backward(x, target)
        return _difference(x, target).square_().mean()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None]:
        x, target = ctx.saved_tensors
        return _difference(x, target).mul_(grad_output * (2 / x.numel())).to(x.dtype), None


def _difference(x: Tensor, target: Tensor) -> Tensor:
    """Return `x - target` as a new tensor, float32 at least."""
    wide = torch.promote_types(x.dtype, torch.float32)
    return x - target if wide is x.dtype else x.to(wide).sub_(target)
