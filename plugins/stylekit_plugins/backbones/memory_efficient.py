"""Memory-efficient convolution, ReLU and pooling: they save only what the image's gradient needs.

torch saves the input of every convolution, ReLU and pooling, as if weights were trained, and 8
bytes for each maximum. The gradient of the image alone needs the weights for a convolution, one
byte per value for a ReLU (was it positive?), two per pooled value for a maximum (where was it? four
on a GPU), and nothing for a mean. Values and gradients are bit for bit torch's own.

All functions take and return (1, C, h, w), channels-last, and can be differentiated once, by `x`
alone.
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

# Kernel, stride, padding; whether to round up and to count borders; divisor.
_POOLING_MEAN = ([2, 2], [2, 2], [0, 0], False, True, None)

# The same for the highest value; dilation instead of the borders and the divisor.
_POOLING_MAX = ([2, 2], [2, 2], [0, 0], [1, 1], False)

# Values that are pooled at once.
_BAND = 1 << 21

# The number of positions that 16 bits can index.
_PLACES = 1 << 15

# The integer type as wide as each number format.
_INTEGERS = {
    torch.float64: torch.int64,
    torch.float32: torch.int32,
    torch.bfloat16: torch.int16,
    torch.float16: torch.int16,
}


def relu(x: Tensor, in_place: bool) -> Tensor:
    """Return `max(x, 0)`; `in_place` overwrites `x`. Backward overwrites the gradient it gets.

    So only a function of this module may use the result: these return a new gradient.
    """
    return cast(Tensor, _ReLU.apply(x, in_place))


def relu_with_tap(x: Tensor, in_place: bool) -> tuple[Tensor, Tensor]:
    """Return `max(x, 0)` twice, of one memory: for the next layer as `relu` does, and as a tap.

    Callers may use the tap as they like: backward only reads the gradient that it gets from there.
    The result itself is saved for backward, as the loss on the tap usually saves it anyway.
    """
    return cast(tuple[Tensor, Tensor], _ReLUWithTap.apply(x, in_place))


def max_pool(x: Tensor) -> Tensor:
    """Return the maxima of 2x2 squares, (1, C, h // 2, w // 2); of equal ones, the first counts."""
    return cast(Tensor, _MaxPool.apply(x))


def average_pool(x: Tensor) -> Tensor:
    """Return the means of 2x2 squares, (1, C, h // 2, w // 2)."""
    return cast(Tensor, _AveragePool.apply(x))


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
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor, None]:
        (mask,) = ctx.saved_tensors
        # On a CPU this is much faster than `masked_fill_`.
        grad_output.view(_INTEGERS[grad_output.dtype]).bitwise_and_(mask)
        return grad_output, None


class _ReLUWithTap(Function):
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
        ctx: Any, grad_output: Tensor | None, grad_tap: Tensor | None
    ) -> tuple[Tensor | None, None]:
        (result,) = ctx.saved_tensors
        # torch's own ReLU calls it.
        backward = torch.ops.aten.threshold_backward
        if grad_output is None:
            return (None if grad_tap is None else backward(grad_tap, result, 0)), None
        if grad_tap is not None:
            grad_output.add_(grad_tap)
        return backward.grad_input(grad_output, result, 0, grad_input=grad_output), None


class _MaxPool(Function):
    """Pools bands of rows: torch's own function takes 8 bytes for the place of each maximum.

    A place is the index of a position within its band, which fits into a smaller integer.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        shape = (*x.shape[:2], x.shape[2] // 2, x.shape[3] // 2)
        maxima = _empty(shape, x.dtype, x)
        saved: list[Tensor] = []
        for band, pooled in _bands(x):
            rows, out = x[:, :, band], maxima[:, :, pooled]
            places = _empty(out.shape, torch.int64, x)
            pool = torch.ops.aten.max_pool2d_with_indices
            pool.out(rows, *_POOLING_MAX, out=out, indices=places)
            if ctx.needs_input_grad[0]:
                fits = rows.shape[2] * rows.shape[3] <= _PLACES
                saved.append(places.to(torch.int16 if fits else torch.int32))
        ctx.shape = x.shape
        ctx.save_for_backward(*saved)
        return maxima

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> Tensor:
        gradient = _empty(ctx.shape, grad_output.dtype, grad_output)
        # The row that rounding down leaves out.
        gradient[:, :, 2 * grad_output.shape[2] :] = 0
        backward = torch.ops.aten.max_pool2d_with_indices_backward
        for (band, pooled), places in zip(_bands(gradient), ctx.saved_tensors, strict=True):
            rows = gradient[:, :, band]
            # It uses nothing of its input but the shape.
            arguments = (grad_output[:, :, pooled], rows, *_POOLING_MAX, places.long())
            backward.grad_input(*arguments, grad_input=rows)
        return gradient


class _AveragePool(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.shape = x.shape
        return F.avg_pool2d(x, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> Tensor:
        backward = torch.ops.aten.avg_pool2d_backward
        gradient: Tensor = backward(grad_output, _unused(ctx.shape, grad_output), *_POOLING_MEAN)
        return gradient


def _all_bits_where_positive(x: Tensor) -> Tensor:
    """Return -1, that is, all bits set, where `x > 0`, else 0; one byte per value."""
    # bfloat16 numbers have the sign and the order of the integers with the same bits, which
    # compare faster.
    bits = x.view(torch.int16) if x.dtype is torch.bfloat16 else x
    return (bits > 0).view(torch.int8).neg_()


def _bands(x: Tensor) -> Iterator[tuple[slice, slice]]:
    """Yield rows of (1, C, h, w), an even number of limited size, and the rows pooled from them."""
    _, channels, height, width = x.shape
    # A GPU takes all rows at once, to be busy.
    rows = max(1, _BAND // (2 * channels * width)) if x.device.type == "cpu" else height
    for start in range(0, height // 2, rows):
        end = min(start + rows, height // 2)
        yield slice(2 * start, 2 * end), slice(start, end)


def _unused(shape: torch.Size, like: Tensor) -> Tensor:
    """Return a tensor for backward functions that use nothing but its shape, type and layout."""
    return _empty(shape, like.dtype, like)


def _empty(shape: Sequence[int], dtype: torch.dtype, like: Tensor) -> Tensor:
    return torch.empty(shape, dtype=dtype, device=like.device, memory_format=layout(like.device))
