"""Convolution, ReLU and pooling that keep little for the way back to the picture.

torch keeps the input of every convolution, ReLU and pooling, as if weights were trained, and 8
bytes for each maximum. Only the gradient of the picture is needed here, and for that the weights
are enough for a convolution, one byte a value for a ReLU (was it positive?), one byte a pooled
value for a maximum (which of the four was it?) and nothing for a mean. Values and gradients are
torch's own.

All take and return (1, C, h, w), channels-last, and can be differentiated once, by `x` alone.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

# Stride, padding, dilation, transposed, output padding and groups.
_GEOMETRY = ([1, 1], [1, 1], [1, 1], False, [0, 0], 1)


def convolve(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return the 3x3 convolution with a border of zeros, of the same size, in the type of `x`."""
    return cast(Tensor, _Convolution.apply(x, weight, bias))


def relu(x: Tensor, in_place: bool, shared: bool) -> Tensor:
    """Return `max(x, 0)`.

    Args:
        in_place: overwrite `x`.
        shared: the caller of the network gets the result too, and keeps it as a rule. Then the way
            back takes it from there. Otherwise it keeps a mask, and may overwrite the gradient that
            it is given, as nobody else has it.
    """
    return cast(Tensor, _ReLU.apply(x, in_place, shared))


def max_pool(x: Tensor) -> Tensor:
    """Return the maxima of squares of 2x2, (1, C, h // 2, w // 2); of equals, the first counts."""
    return cast(Tensor, _MaxPool.apply(x))


def average_pool(x: Tensor) -> Tensor:
    """Return the means of squares of 2x2, (1, C, h // 2, w // 2)."""
    return cast(Tensor, _AveragePool.apply(x))


class _Convolution(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(weight)
        ctx.shape = x.shape
        return F.conv2d(x, weight.to(x.dtype), bias.to(x.dtype), padding=1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None, None]:
        (weight,) = ctx.saved_tensors
        # `torch.nn.grad.conv2d_input` calls the same, but fills a tensor as large as the input, of
        # which nothing but the shape is used.
        unused = torch.empty(
            ctx.shape, dtype=slope.dtype, device=slope.device, memory_format=torch.channels_last
        )
        backward = torch.ops.aten.convolution_backward
        (gradient, _, _) = backward(
            slope, unused, weight.to(slope.dtype), None, *_GEOMETRY, (True, False, False)
        )
        return gradient, None, None


class _ReLU(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, in_place: bool, shared: bool) -> Tensor:
        if in_place:
            ctx.mark_dirty(x)
        result = x.relu_() if in_place else x.relu()
        ctx.shared = shared
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(result if shared else result <= 0)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None, None]:
        (kept,) = ctx.saved_tensors
        if ctx.shared:
            # What torch's own ReLU calls.
            return torch.ops.aten.threshold_backward(slope, kept, 0), None, None
        return slope.masked_fill_(kept, 0), None, None


class _MaxPool(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.shape = x.shape
        highest = F.max_pool2d(x, 2)
        if ctx.needs_input_grad[0]:
            not_0, not_1, not_2 = (
                (corner != highest).view(torch.uint8) for corner in _corners(x)[:3]
            )
            # The number of the first corner that is the highest.
            ctx.save_for_backward(not_2.add_(1).mul_(not_1).add_(1).mul_(not_0))
        return highest

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        (which,) = ctx.saved_tensors
        spread, zero = _room(ctx.shape, slope), slope.new_zeros(())
        for number, corner in enumerate(_corners(spread)):
            torch.where(which == number, slope, zero, out=corner)
        return spread


class _AveragePool(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.shape = x.shape
        return F.avg_pool2d(x, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        spread = _room(ctx.shape, slope)
        quarter = slope / 4
        for corner in _corners(spread):
            corner.copy_(quarter)
        return spread


def _corners(x: Tensor) -> list[Tensor]:
    """Return the four places of every 2x2 square, as views; what is left over belongs to none."""
    height, width = (side // 2 * 2 for side in x.shape[-2:])
    return [x[..., row:height:2, column:width:2] for row in (0, 1) for column in (0, 1)]


def _room(shape: torch.Size, slope: Tensor) -> Tensor:
    """Return a tensor for a gradient: 0 where there is no corner, anything where there is one."""
    room = torch.empty(
        shape, dtype=slope.dtype, device=slope.device, memory_format=torch.channels_last
    )
    return room.zero_() if shape[-2] % 2 or shape[-1] % 2 else room
