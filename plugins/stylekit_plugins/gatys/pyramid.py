"""Coarse to fine: the scales of a run, and how many steps each gets.

A coarse scale moves large shapes of style for little time; finer ones add detail. At a long side of
128 pixels the content layer (stride 8) sees 16 x 16 positions, too few to hold the face of a
half-length portrait, and no finer scale restores what is lost there. So the coarsest scale stays
larger than that.
"""

from __future__ import annotations

from dataclasses import dataclass

from stylekit.images.frames import fit

MIN_SHORT_SIDE = 48
"""Smallest short side of a coarse scale in pixels: a thinner one says too little about style."""


@dataclass(frozen=True)
class Scale:
    """One scale: its size in pixels and its steps."""

    width: int
    height: int
    steps: int


def plan_scales(width: int, height: int, min_size: int, steps: int) -> list[Scale]:
    """Return the scales of a result of `width` x `height`, the coarsest first.

    Each long side is half the next one, and at least `min_size`. Steps fall linearly from the
    coarsest to the finest scale (3 : 2 : 1 for three), where each costs four times as much.
    """
    long_side = max(width, height)
    sizes = [(width, height)]
    while True:
        half = long_side / 2 ** len(sizes)
        size = fit(width, height, round(half))
        if half < min_size or min(size) < MIN_SHORT_SIDE:
            break
        sizes.insert(0, size)
    sizes = sizes[-steps:]
    counts = split_steps(steps, [len(sizes) - index for index in range(len(sizes))])
    return [Scale(*size, count) for size, count in zip(sizes, counts, strict=True)]


def split_steps(total: int, weights: list[int]) -> list[int]:
    """Split `total` by weights into whole numbers of at least 1 that add up to it."""
    everything = sum(weights)
    counts = [max(1, total * weight // everything) for weight in weights]
    counts[0] += total - sum(counts)
    return counts
