"""Convolution, ReLU and pooling that keep little for the way back to the picture.

torch keeps the input of every convolution, ReLU and pooling, as if weights were trained, and 8
bytes for each maximum. Only the gradient of the picture is needed here, and for that the weights
are enough for a convolution, one byte a value for a ReLU (was it positive?), two a pooled value
for a maximum (where was it?), four on a GPU, nothing for a mean. Values and gradients are torch's
own.

All take and return (1, C, h, w), channels-last, and can be differentiated once, by `x` alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from stylekit.machine.precision import layout

# Stride, padding, dilation, transposed, output padding and groups.
_GEOMETRY = ([1, 1], [1, 1], [1, 1], False, [0, 0], 1)

# Kernel, stride, padding; whether to round up and to count borders; divisor.
_POOLING_MEAN = ([2, 2], [2, 2], [0, 0], False, True, None)

# The same for the highest value; dilation instead of the borders and the divisor.
_POOLING_MAX = ([2, 2], [2, 2], [0, 0], [1, 1], False)

# Values that are pooled at once.
_BAND = 1 << 21

# As many places are told apart by 16 bits.
_PLACES = 1 << 15

# As wide as each number format.
_INTEGERS = {
    torch.float64: torch.int64,
    torch.float32: torch.int32,
    torch.bfloat16: torch.int16,
    torch.float16: torch.int16,
}


def convolve(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return the 3x3 convolution with a border of zeros, of the same size; all are of one type."""
    return cast(Tensor, _Convolution.apply(x, weight, bias))


def relu(x: Tensor, in_place: bool) -> Tensor:
    """Return `max(x, 0)`; `in_place` overwrites `x`. Its gradient is overwritten on the way back.

    So its one user must be a function of this module, which gives it a gradient of its own.
    """
    return cast(Tensor, _ReLU.apply(x, in_place))


def shared_relu(x: Tensor, in_place: bool) -> tuple[Tensor, Tensor]:
    """Return `max(x, 0)` twice, of one memory: as `relu` does, and to be given away.

    Nothing else is kept for the way back: whoever gets it keeps it too, as a rule. The gradient
    that comes back from there is only read.
    """
    return cast(tuple[Tensor, Tensor], _SharedReLU.apply(x, in_place))


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
        return F.conv2d(x, weight, bias, padding=1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None, None]:
        (weight,) = ctx.saved_tensors
        # `torch.nn.grad.conv2d_input` calls the same, but fills the tensor that is not used.
        backward = torch.ops.aten.convolution_backward
        unused = _unused(ctx.shape, slope)
        (gradient, _, _) = backward(slope, unused, weight, None, *_GEOMETRY, (True, False, False))
        return gradient, None, None


class _ReLU(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, in_place: bool) -> Tensor:
        if in_place:
            ctx.mark_dirty(x)
        result = x.relu_() if in_place else x.relu()
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(_all_bits_where_positive(result))
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, None]:
        (kept,) = ctx.saved_tensors
        # Five to ten times faster than `masked_fill_`, on a CPU.
        slope.view(_INTEGERS[slope.dtype]).bitwise_and_(kept)
        return slope, None


class _SharedReLU(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, in_place: bool) -> tuple[Tensor, Tensor]:
        ctx.set_materialize_grads(False)
        if in_place:
            ctx.mark_dirty(x)
        result = x.relu_() if in_place else x.relu()
        ctx.save_for_backward(result)
        return result, result.detach()

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, slope: Tensor | None, given: Tensor | None
    ) -> tuple[Tensor | None, None]:
        (kept,) = ctx.saved_tensors
        # What torch's own ReLU calls.
        masked = torch.ops.aten.threshold_backward
        if slope is None:
            return (None if given is None else masked(given, kept, 0)), None
        if given is not None:
            slope.add_(given)
        return masked.grad_input(slope, kept, 0, grad_input=slope), None


class _MaxPool(Function):
    """By bands of rows: torch's own function takes 8 bytes for the place of each maximum.

    A place is the number of a position within its band, which a smaller integer holds.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        shape = (*x.shape[:2], x.shape[2] // 2, x.shape[3] // 2)
        highest = _empty(shape, x.dtype, x)
        where: list[Tensor] = []
        for band, pooled in _bands(x):
            taken, given = x[:, :, band], highest[:, :, pooled]
            places = _empty(given.shape, torch.int64, x)
            pool = torch.ops.aten.max_pool2d_with_indices
            pool.out(taken, *_POOLING_MAX, out=given, indices=places)
            if ctx.needs_input_grad[0]:
                small = taken.shape[2] * taken.shape[3] <= _PLACES
                where.append(places.to(torch.int16 if small else torch.int32))
        ctx.shape = x.shape
        ctx.save_for_backward(*where)
        return highest

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        gradient = _empty(ctx.shape, slope.dtype, slope)
        # What is left over by rounding down.
        gradient[:, :, 2 * slope.shape[2] :] = 0
        backward = torch.ops.aten.max_pool2d_with_indices_backward
        for (band, pooled), places in zip(_bands(gradient), ctx.saved_tensors, strict=True):
            made = gradient[:, :, band]
            # Of its input it uses nothing but the shape.
            passed = (slope[:, :, pooled], made, *_POOLING_MAX, places.long())
            backward.grad_input(*passed, grad_input=made)
        return gradient


class _AveragePool(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.shape = x.shape
        return F.avg_pool2d(x, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> Tensor:
        backward = torch.ops.aten.avg_pool2d_backward
        gradient: Tensor = backward(slope, _unused(ctx.shape, slope), *_POOLING_MEAN)
        return gradient


def _all_bits_where_positive(x: Tensor) -> Tensor:
    """Return -1, that is, all bits set, where `x > 0`, else 0; one byte a value."""
    # Numbers of bfloat16 have the sign and the order of the integers with the same bits, which are
    # compared faster.
    bits = x.view(torch.int16) if x.dtype is torch.bfloat16 else x
    return (bits > 0).view(torch.int8).neg_()


def _bands(x: Tensor) -> Iterator[tuple[slice, slice]]:
    """Yield rows of (1, C, h, w), an even number of limited size, and the rows pooled from them."""
    _, channels, height, width = x.shape
    # A GPU is best kept busy.
    rows = max(1, _BAND // (2 * channels * width)) if x.device.type == "cpu" else height
    for start in range(0, height // 2, rows):
        end = min(start + rows, height // 2)
        yield slice(2 * start, 2 * end), slice(start, end)


def _unused(shape: torch.Size, like: Tensor) -> Tensor:
    """Return a tensor for torch's ways back that use nothing but its shape, type and layout."""
    return _empty(shape, like.dtype, like)


def _empty(shape: Sequence[int], dtype: torch.dtype, like: Tensor) -> Tensor:
    return torch.empty(shape, dtype=dtype, device=like.device, memory_format=layout(like.device))
