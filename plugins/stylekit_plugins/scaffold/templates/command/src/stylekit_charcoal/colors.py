"""The most frequent colors of an image."""

from __future__ import annotations

import torch
from torch import Tensor

LEVELS = 5
"""Shades of red, green and blue that are distinguished."""


def commonest(pixels: Tensor, count: int) -> list[tuple[str, float]]:
    """Return colors (`#3a7bd5`), each with its fraction in [0, 1], of an image (3, H, W)."""
    shades = (pixels * (LEVELS - 1)).round().flatten(1).T
    colors, counts = torch.unique(shades, dim=0, return_counts=True)
    order = counts.argsort(descending=True, stable=True)[:count]
    return [(_written(colors[k]), float(counts[k]) / len(shades)) for k in order]


def _written(color: Tensor) -> str:
    values = (color / (LEVELS - 1) * 255).round().int().tolist()
    return "#" + "".join(f"{value:02x}" for value in values)
