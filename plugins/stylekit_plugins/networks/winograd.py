"""Convolutions of 3x3 by Winograd's algorithm: a quarter of the multiplications.

A. Lavin and S. Gray: "Fast Algorithms for Convolutional Neural Networks", CVPR 2016
(arXiv:1509.09308), F(4x4, 3x3). A square of 4x4 outputs depends on 6x6 inputs. `B` transforms them
in both directions. Multiplied by the transformed weights, which takes one product over channels for
each of the 36 places, they give 36 sums, which `A` transforms to the 16 outputs:

    Y = A [ (G g G^T) . (B d B^T) ] A^T

Every transform is a matrix product of its own over all squares at once, one direction after the
other. Rows are computed in strips whose transformed values stay in the cache. Values differ from
those of a direct convolution by the rounding of float32, at most about 1e-5 of the largest value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from stylekit_plugins.networks.winograd_squares import REACH, SIDE, Strip, cut, divide
from stylekit_plugins.networks.worker_threads import for_each, is_divided

B = (
    (4.0, 0.0, -5.0, 0.0, 1.0, 0.0),
    (0.0, -4.0, -4.0, 1.0, 1.0, 0.0),
    (0.0, 4.0, -4.0, -1.0, 1.0, 0.0),
    (0.0, -2.0, -1.0, 2.0, 1.0, 0.0),
    (0.0, 2.0, -1.0, -2.0, 1.0, 0.0),
    (0.0, 4.0, 0.0, -5.0, 0.0, 1.0),
)

G = (
    (1 / 4, 0.0, 0.0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0.0, 0.0, 1.0),
)

A = (
    (1.0, 1.0, 1.0, 1.0, 1.0, 0.0),
    (0.0, 1.0, -1.0, 2.0, -2.0, 0.0),
    (0.0, 1.0, 1.0, 4.0, 4.0, 0.0),
    (0.0, 1.0, -1.0, 8.0, -8.0, 1.0),
)


def transform(weight: Tensor) -> Tensor:
    """Transform weights (C', C, 3, 3) for `convolve`: (36, C, C')."""
    outputs, channels = weight.shape[:2]
    both = torch.kron(*2 * [weight.new_tensor(G)])
    # Of weights in torch's layout, this is a view.
    kernels = weight.permute(2, 3, 0, 1).reshape(9, outputs * channels)
    return torch.mm(both, kernels).view(REACH * REACH, outputs, channels).transpose(1, 2)


def turned(weight: Tensor) -> Tensor:
    """Return the weights (C, C', 3, 3) that convolve the gradient by the output to the input's.

    Where the convolution has padding p, its gradient has padding 2 - p.
    """
    return weight.flip(2, 3).transpose(0, 1)


def convolve(x: Tensor, transformed: Tensor, bias: Tensor | None, padding: int) -> Tensor:
    """Convolve (N, C, h, w) with 3x3 weights to (N, C', h + 2p - 2, w + 2p - 2), channels-last.

    Args:
        x: on the CPU, in any layout; channels-last is the fastest.
        transformed: the weights from `transform`, of the same type.
        bias: (C'), or None.
        padding: zeros around the image, 0 to 2.
    """
    count, channels, height, width = x.shape
    height, width = height + 2 * padding - 2, width + 2 * padding - 2
    outputs = transformed.shape[2]
    rows, columns = -(-height // SIDE), -(-width // SIDE)
    images = x.permute(0, 2, 3, 1)
    result = torch.empty(
        (count, outputs, height, width),
        dtype=x.dtype,
        device=x.device,
        memory_format=torch.channels_last,
    )
    strips = divide(count, rows, columns, channels + outputs)
    most = columns * max(strip.images * strip.rows for strip in strips)
    # Each step reads one buffer and writes the other; every thread has two of its own.
    threads = torch.get_num_threads() if is_divided(len(strips)) else 1
    buffers = x.new_empty(threads, 2, REACH * REACH * most * max(channels, outputs))
    b, a = x.new_tensor(B), x.new_tensor(A)
    stored = result.permute(0, 2, 3, 1)

    def compute(thread: int, selected: Sequence[Strip]) -> None:
        one, other = buffers[thread]
        for strip in selected:
            shape = (strip.images, strip.rows, columns)
            inputs = view(one, REACH, strip.images, SIDE * strip.rows + 2, columns, channels)
            top, chosen = SIDE * strip.row, slice(strip.image, strip.image + strip.images)
            cut(images[chosen], inputs, top - padding, padding)
            values = transform_inputs(inputs, one, other, b)
            sums = torch.bmm(values, transformed, out=view(one, *values.shape[:2], outputs))
            squares = _transform_outputs(sums, one, other, a).view(SIDE, SIDE, *shape, outputs)
            _store(squares, bias, stored[chosen, top : top + SIDE * strip.rows])

    for_each(strips, compute)
    return result


def transform_inputs(inputs: Tensor, one: Tensor, other: Tensor, b: Tensor) -> Tensor:
    """Return (36, T, C), in `other`, of `inputs` (6, n, rows, columns, C), which are in `one`."""
    _, count, rows, columns, channels = inputs.shape
    across = view(other, REACH, count, rows, columns * channels)
    torch.mm(b, inputs.view(REACH, -1), out=across.view(REACH, -1))
    down = view(one, REACH, REACH, count, (rows - 2) // SIDE, columns * channels)
    # Rows 0 to 5 of each square; they overlap with those of the next one.
    down.copy_(across.unfold(2, REACH, SIDE).permute(4, 0, 1, 2, 3))
    values = view(other, REACH * REACH, down.numel() // (REACH * REACH))
    torch.mm(b, down.view(REACH, -1), out=values.view(REACH, -1))
    return values.view(REACH * REACH, -1, channels)


def _transform_outputs(sums: Tensor, one: Tensor, other: Tensor, a: Tensor) -> Tensor:
    """Return (4, 4, T * C'), in `one`, of `sums` (36, T, C'), which are in `one`."""
    size = sums[0].numel()
    down = view(other, SIDE, REACH, size)
    torch.mm(a, sums.view(REACH, -1), out=down.view(SIDE, -1))
    return torch.bmm(a.expand(SIDE, SIDE, REACH), down, out=view(one, SIDE, SIDE, size))


def _store(squares: Tensor, bias: Tensor | None, result: Tensor) -> None:
    """Write squares (4, 4, n, rows, columns, C') side by side to `result` (n, h, w, C')."""
    height, width = result.shape[1:3]
    values = squares.permute(2, 3, 0, 4, 1, 5)
    shape = values.shape
    if height == shape[1] * SIDE and width == shape[3] * SIDE:
        view = result.view(shape)
        view.copy_(values) if bias is None else torch.add(values, bias, out=view)
        return
    # The last squares reach beyond the image.
    whole = values.reshape(shape[0], shape[1] * SIDE, shape[3] * SIDE, shape[5])
    result.copy_(whole[:, :height, :width])
    if bias is not None:
        result.add_(bias)


def view(buffer: Tensor, *shape: int) -> Tensor:
    """Return the beginning of a buffer, in a shape."""
    return buffer[: math.prod(shape)].view(shape)
