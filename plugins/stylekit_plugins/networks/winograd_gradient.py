"""Gradients of a 3x3 convolution by Winograd's algorithm: the transposed steps of `convolve`.

With the matrices of `winograd` (Lavin and Gray, arXiv:1509.09308), a square of outputs is
`Y = A [(G g G^T) . (B d B^T)] A^T`. All of it is linear, so that for a gradient `D` by the outputs

    by the inputs:   B^T [ (G g G^T) . (A^T D A) ] B      added up where squares overlap
    by the weights:  G^T [ (B d B^T) . (A^T D A) ] G      added up over squares and images

Both take the same transformed gradient. The first takes the transformed weights of the forward
pass. In the second, each thread adds up its own squares, and the sums of the threads are added in
their order, so that the same number of threads always gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from stylekit_plugins.networks.winograd import A, B, G, transform_inputs, view
from stylekit_plugins.networks.winograd_squares import OVERLAP, REACH, SIDE, cut, divide
from stylekit_plugins.networks.worker_threads import for_each, is_divided


def gradients(
    gradient: Tensor, x: Tensor, transformed: Tensor | None, by_weight: bool
) -> tuple[Tensor | None, Tensor | None]:
    """Return the gradients by the input and by the weights of a convolution without padding.

    Args:
        gradient: by the output, (N, C', h, w), on the CPU, in any layout; channels-last is the
            fastest.
        x: the input, (N, C, h + 2, w + 2), likewise.
        transformed: the weights from `winograd.transform`; None: no gradient by the input.
        by_weight: whether to compute the gradient by the weights.

    Returns:
        (N, C, h + 2, w + 2), channels-last, or None; (C', C, 3, 3) or None.
    """
    count, outputs, height, width = gradient.shape
    channels = x.shape[1]
    rows, columns = -(-height // SIDE), -(-width // SIDE)
    strips = divide(count, rows, columns, channels + outputs)
    threads = torch.get_num_threads() if is_divided(len(strips)) else 1
    squares = columns * max(strip.images * strip.rows for strip in strips)
    buffers = x.new_empty(threads, 3, REACH * REACH * squares * max(channels, outputs))
    a, b = x.new_tensor(A), x.new_tensor(B)
    upstream, images = gradient.permute(0, 2, 3, 1), x.permute(0, 2, 3, 1)
    sums = x.new_empty(threads if by_weight else 0, REACH * REACH, outputs, channels)
    result = torch.empty_like(images, memory_format=torch.contiguous_format)
    result[:, SIDE * rows :] = 0
    # The last rows of a strip, which the next one also adds to.
    below = [x.new_empty(strip.images, OVERLAP, *result.shape[2:]) for strip in strips]

    def compute(thread: int, selected: Sequence[int]) -> None:
        free, kept, other = buffers[thread]
        for number in selected:
            strip = strips[number]
            shape = (strip.images, strip.rows, columns)
            chosen = slice(strip.image, strip.image + strip.images)
            top, bottom = SIDE * strip.row, SIDE * (strip.row + strip.rows)
            outer = view(free, SIDE, strip.images, bottom - top, columns, outputs)
            cut(upstream[chosen], outer, top, 0)
            upstream_values = _transform_gradients(outer, free, kept, other, a)
            if by_weight:
                inner = view(free, REACH, strip.images, bottom - top + OVERLAP, columns, channels)
                cut(images[chosen], inner, top, 0)
                values = transform_inputs(inner, free, other, b)
                # Nothing is added to yet in the thread's first strip.
                sums[thread].baddbmm_(upstream_values.mT, values, beta=int(number != selected[0]))
            if transformed is not None:
                products = view(free, REACH * REACH, upstream_values.shape[1], channels)
                torch.bmm(upstream_values, transformed.mT, out=products)
                places = _restore_inputs(products, shape, free, other, b)
                _join(places[:, :, : bottom - top], free, result[chosen, top:bottom])
                _join(places[:, :, bottom - top :], free, below[number])

    for_each(range(len(strips)), compute)
    by_x = None
    if transformed is not None:
        for strip, values in zip(strips, below, strict=True):
            start = SIDE * (strip.row + strip.rows)
            rest = result[strip.image : strip.image + strip.images, start : start + OVERLAP]
            rest += values[:, : rest.shape[1]]
        by_x = result.permute(0, 3, 1, 2)
    return by_x, _restore_weights(sums) if by_weight else None


def _transform_gradients(
    outer: Tensor, free: Tensor, kept: Tensor, other: Tensor, a: Tensor
) -> Tensor:
    """Return (36, T, C'), in `kept`, of `outer` (4, n, 4 * rows, columns, C'), in `free`."""
    _, count, height, columns, channels = outer.shape
    rows = height // SIDE
    across = view(kept, REACH, count, rows, SIDE, columns * channels)
    torch.mm(a.mT, outer.view(SIDE, -1), out=across.view(REACH, -1))
    down = view(other, SIDE, REACH, count, rows, columns * channels)
    down.copy_(across.permute(3, 0, 1, 2, 4))
    values = view(kept, REACH * REACH, count * rows * columns, channels)
    torch.mm(a.mT, down.view(SIDE, -1), out=values.view(REACH, -1))
    return values


def _restore_inputs(
    products: Tensor, shape: tuple[int, int, int], free: Tensor, other: Tensor, b: Tensor
) -> Tensor:
    """Return (6, n, 4 * rows + 2, columns, C), in `other`, of products (36, T, C), in `free`.

    The first dimension is a place within the columns of a square.
    """
    count, rows, columns = shape
    channels = products.shape[2]
    down = view(other, REACH, REACH, count, rows, columns * channels)
    torch.mm(b.mT, products.view(REACH, -1), out=down.view(REACH, -1))
    height = SIDE * rows + OVERLAP
    joined = view(free, REACH, count, height, columns * channels)
    _add_up(down, joined)
    places = view(other, REACH, count, height, columns, channels)
    torch.mm(b.mT, joined.view(REACH, -1), out=places.view(REACH, -1))
    return places


def _join(places: Tensor, free: Tensor, result: Tensor) -> None:
    """Add up overlapping columns of places (6, n, rows, columns, C) in `result` (n, rows, w, C).

    The squares may reach beyond `result`.
    """
    _, count, height, columns, channels = places.shape
    whole = SIDE * columns + OVERLAP
    fits = result.shape[1:3] == (height, whole)
    target = result if fits else view(free, count, height, whole, channels)
    _add_up(places, target)
    if not fits:
        result.copy_(target[:, : result.shape[1], : result.shape[2]])


def _add_up(places: Tensor, target: Tensor) -> None:
    """Add up values at places of overlapping squares.

    Args:
        places: (6, ..., squares, c).
        target: (..., 4 * squares + 2, c).
    """
    end = SIDE * places.shape[-2]
    squares = target[..., :end, :].view(*target.shape[:-2], -1, SIDE, target.shape[-1])
    squares.copy_(places[:SIDE].movedim(0, -2))
    target[..., end:, :] = 0
    for place in range(SIDE, REACH):
        target[..., place::SIDE, :] += places[place]


def _restore_weights(sums: Tensor) -> Tensor:
    """Return the gradient (C', C, 3, 3) of the sums (threads, 36, C', C)."""
    total = sums[0]
    for other in sums[1:]:
        total += other
    outputs, channels = total.shape[1:]
    both = torch.kron(*2 * [total.new_tensor(G)])
    kernels = torch.mm(both.mT, total.view(REACH * REACH, -1))
    return kernels.view(3, 3, outputs, channels).permute(2, 3, 0, 1)
