"""A canvas and a bristle brush: strokes leave color and thickness, which is lit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from stylekit_plugins.media.paintings.fields import Array, noise, rgb, to_bytes

SCALE = 2
"""Supersampling factor of strokes, which smooths their edges."""


class Canvas:
    """A painting in progress.

    Args:
        width: of the finished picture, in pixels; all other lengths are in these pixels too.
        height: likewise.
        ground: color of the bare canvas, `rrggbb`.
        rng: source of every random choice.
    """

    def __init__(self, width: int, height: int, ground: str, rng: np.random.Generator) -> None:
        self.width, self.height = width, height
        self._rng = rng
        red, green, blue = to_bytes(np.array(rgb(ground))).tolist()
        # The fourth channel is not opacity but the thickness of the paint.
        self._image = Image.new("RGBA", (width * SCALE, height * SCALE), (red, green, blue, 90))
        self._draw = ImageDraw.Draw(self._image)

    def trace(self, starts: Array, angles: Array, length: Array, points: int = 6) -> Array:
        """Follow a field of directions.

        Args:
            starts: (n, 2), x and y.
            angles: (height, width), in radians, clockwise from the right.
            length: (n,), of each path.
            points: on each path.

        Returns:
            (n, points, 2); the start is in the middle of the path.
        """
        step = (length / (points - 1))[:, None]
        halves = []
        for sign, count in ((-1, points // 2), (1, points - 1 - points // 2)):
            place, half = starts.astype(np.float64), []
            for _ in range(count):
                x = np.clip(place[:, 0], 0, self.width - 1).astype(int)
                y = np.clip(place[:, 1], 0, self.height - 1).astype(int)
                angle = angles[y, x]
                place = place + sign * step * np.stack((np.cos(angle), np.sin(angle)), axis=1)
                half.append(place)
            halves.append(half)
        return np.stack([*reversed(halves[0]), starts, *halves[1]], axis=1)

    def stroke(
        self, paths: Array, widths: Array, colors: Array, bristles: int, streak: float = 0.06
    ) -> None:
        """Paint strokes, one over the other.

        Args:
            paths: (n, points, 2).
            widths: (n,).
            colors: (n, 3) in [0, 1].
            bristles: streaks side by side in each stroke.
            streak: how much they differ from each other in lightness.
        """
        count, points, _ = paths.shape
        along = np.gradient(paths, axis=1)
        along /= np.linalg.norm(along, axis=2, keepdims=True) + 1e-6
        normals = np.stack((-along[:, :, 1], along[:, :, 0]), axis=2)
        # Pressed in the middle, lifted at the end.
        taper = 0.35 + 0.65 * np.sin(np.linspace(0.35, np.pi - 0.15, points))
        across = np.linspace(-0.5, 0.5, bristles)
        offsets = across[None, :, None] * widths[:, None, None] * taper
        lines = paths[:, None] + offsets[..., None] * normals[:, None]
        # Bristles touch down and leave one after the other: ragged ends.
        ragged = (
            self._rng.uniform(-0.12, 0.12, (count, bristles, 1, 1)) * widths[:, None, None, None]
        )
        lines += ragged * 2.5 * along[:, None]
        lightness = self._rng.normal(0, streak, (count, bristles))
        # A loaded brush leaves one side lighter than the other.
        lightness += across * self._rng.choice((-1, 1), (count, 1)) * streak * 1.6
        paint = colors[:, None] * (1 + 1.2 * lightness[..., None]) + 0.35 * lightness[..., None]
        # Paint is pushed to the rims.
        thickness = 0.42 + 0.5 * np.abs(across) + self._rng.normal(0, 0.14, (count, bristles))
        fills = to_bytes(np.concatenate((paint, thickness[..., None]), axis=2))
        pens = np.maximum(1, np.ceil(SCALE * widths / bristles + 1)).astype(int).tolist()
        order = self._rng.permuted(np.tile(np.arange(bristles), (count, 1)), axis=1)
        rows = np.arange(count)[:, None]
        flat = (lines[rows, order] * SCALE).reshape(count, bristles, -1).tolist()
        inks = fills[rows, order].reshape(count, bristles, 4).tolist()
        line = self._draw.line
        for stroke, ink, pen in zip(flat, inks, pens, strict=True):
            for bristle, fill in zip(stroke, ink, strict=True):
                line(bristle, tuple(fill), pen)

    def finish(self, relief: float = 0.5, weave: float = 0.02) -> NDArray[np.uint8]:
        """Return the image, uint8 (height, width, 3), lit from the upper left.

        Args:
            relief: how strongly thickness casts light and shade.
            weave: how strongly the canvas shows through.
        """
        small = np.asarray(self._image.reduce(SCALE), np.float32) / 255
        colors, thickness = small[..., :3], small[..., 3]
        slope = np.gradient(thickness)
        light = (slope[0] + slope[1]) * relief
        y, x = np.mgrid[: self.height, : self.width]
        threads = np.sin(x * 2.1) * np.sin(y * 2.1)
        grain = noise(self._rng, (self.height, self.width), (self.height // 2, self.width // 2))
        light = np.clip(light, -0.3, 0.3) + weave * (threads + 0.6 * grain)
        bright = np.clip(light, 0, None)[..., None]
        dark = np.clip(light, None, 0)[..., None]
        return to_bytes(colors * (1 + 1.6 * dark) + (1.15 - colors) * bright)


def scatter(rng: np.random.Generator, width: int, height: int, spacing: float) -> Array:
    """Return points (n, 2) about `spacing` apart over an image and its margin, shuffled."""
    columns = int(width / spacing) + 3
    rows = int(height / spacing) + 3
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2)
    points: Array = (grid - 1 + rng.uniform(0, 1, grid.shape)) * spacing
    return rng.permutation(points)


def sample(field: Array, points: Array) -> Array:
    """Return the values of a field (height, width, ...) at points (n, 2), nearest, clamped."""
    x = np.clip(points[:, 0], 0, field.shape[1] - 1).astype(int)
    y = np.clip(points[:, 1], 0, field.shape[0] - 1).astype(int)
    values: Array = field[y, x]
    return values
