"""Images divided into the squares of Winograd's algorithm, and into strips of squares.

A strip is what a thread computes at once: its transformed values stay in the cache.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

SIDE = 4
"""Side of a square of outputs, and distance of the squares of inputs."""

OVERLAP = 2
"""Inputs that neighboring squares share, in both directions."""

REACH = SIDE + OVERLAP
"""Side of the square of inputs that a square of outputs depends on."""

_STRIP = 1 << 15
"""Channels times squares of a strip, about 5 MB of transformed values: they stay in the cache."""

_FEWEST = 64
"""Squares of a strip, below which products of matrices are slow."""

_FEWEST_A_THREAD = 32
"""Squares that are worth a thread."""


class Strip(NamedTuple):
    """Squares that are computed at once: rows of some images, from the first of each on."""

    image: int
    images: int
    row: int
    rows: int


def divide(count: int, rows: int, columns: int, channels: int) -> list[Strip]:
    """Divide the rows of squares of `count` images, evenly between threads."""
    squares = max(_STRIP // channels, _FEWEST)
    threads = torch.get_num_threads()
    if count * rows * columns < threads * _FEWEST_A_THREAD:
        return [Strip(0, count, 0, rows)]
    needed = max(-(-rows * columns // squares), -(-threads // count))
    if needed == 1:
        step = max(1, min(squares // (rows * columns), count // threads))
        return [Strip(start, min(step, count - start), 0, rows) for start in range(0, count, step)]
    # The same number for each thread.
    multiple = threads // math.gcd(threads, count)
    strips = min(rows, -(-needed // multiple) * multiple)
    bounds = [rows * number // strips for number in range(strips + 1)]
    return [
        Strip(image, 1, start, end - start)
        for image in range(count)
        for start, end in pairwise(bounds)
    ]


def cut(images: Tensor, inputs: Tensor, top: int, padding: int) -> None:
    """Copy rows of images (n, h, w, C) to `inputs` (p, n, rows, columns, C), zeros outside.

    The first dimension is a place within the columns of a square, of 6 for inputs and of 4 for
    outputs. `top` is the first row.
    """
    height, width = images.shape[1:3]
    first, last = max(top, 0), min(top + inputs.shape[2], height)
    above, below = first - top, last - top
    inputs[:, :, :above] = 0
    inputs[:, :, below:] = 0
    columns = inputs.shape[3]
    for place, values in enumerate(inputs):
        left = place - padding
        # The first square that does not begin left of the image, and the first beyond its right.
        start = -(min(left, 0) // SIDE)
        stop = max(min(columns, -((left - width) // SIDE)), start)
        values[:, :, :start] = 0
        values[:, :, stop:] = 0
        values[:, above:below, start:stop] = images[
            :, first:last, left + SIDE * start : left + SIDE * stop : SIDE
        ]
