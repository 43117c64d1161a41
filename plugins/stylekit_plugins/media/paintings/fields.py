"""Smooth random fields and color ramps over an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Array = NDArray[Any]


def noise(
    rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int], octaves: int = 1
) -> Array:
    """Return smooth noise, float32, about in [-1, 1].

    Args:
        shape: height and width of the result.
        cells: random values along height and width, for the coarsest octave.
        octaves: each one has half the size and half the strength of the one before.
    """
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        rows, columns = (max(2, count << octave) for count in cells)
        grid = Image.fromarray(rng.uniform(-1, 1, (rows, columns)).astype(np.float32))
        total += np.asarray(grid.resize(shape[::-1], Image.Resampling.BICUBIC)) * 0.5**octave
    return total


def ramp(position: Array, stops: Sequence[tuple[float, str]]) -> Array:
    """Return colors in [0, 1], shape (*position.shape, 3), interpolated between stops.

    Args:
        stops: positions in rising order, each with a color as `rrggbb`.
    """
    places = [place for place, _ in stops]
    colors = np.array([rgb(color) for _, color in stops])
    channels = [np.interp(position, places, colors[:, index]) for index in range(3)]
    return np.stack(channels, axis=-1)


def rgb(code: str) -> tuple[float, float, float]:
    """Return `rrggbb` as three values in [0, 1]."""
    red, green, blue = bytes.fromhex(code)
    return red / 255, green / 255, blue / 255


def mix(first: Array, second: Array | tuple[float, float, float], weight: Array) -> Array:
    """Blend colors (..., 3); `weight` (...) in [0, 1] is that of `second`."""
    weight = np.clip(weight, 0, 1)[..., None]
    blended: Array = first * (1 - weight) + np.asarray(second) * weight
    return blended


def to_bytes(colors: Array) -> NDArray[np.uint8]:
    """Return colors in [0, 1] as uint8, rounded; values outside are clamped."""
    return (np.clip(colors, 0, 1) * 255 + 0.5).astype(np.uint8)
