"""A field of poppies at noon: short dabs of pure color side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stylekit_plugins.media.paintings.brush import Canvas, sample, scatter
from stylekit_plugins.media.paintings.fields import Array, mix, noise, ramp, rgb

WIDTH, HEIGHT = 640, 512
HORIZON = 196


def paint() -> NDArray[np.uint8]:
    """Return the painting, uint8 (512, 640, 3); always the same."""
    rng = np.random.default_rng(1873)
    canvas = Canvas(WIDTH, HEIGHT, "b9a577", rng)
    colors, angles, size = _scene(rng)
    for spacing, length, width, bristles in ((15, 30, 17, 6), (9, 17, 9, 5), (6.6, 10, 5.4, 4)):
        starts = scatter(rng, WIDTH, HEIGHT, spacing)
        count = len(starts)
        scale = sample(size, starts) * rng.uniform(0.7, 1.25, count)
        turned = angles + 0.5 * noise(rng, (HEIGHT, WIDTH), (60, 75))
        paths = canvas.trace(starts, turned, length * scale, points=4)
        paint = sample(colors, starts + rng.normal(0, spacing * 0.35, starts.shape))
        paint = paint * rng.normal(1, 0.12, (count, 1)) + rng.normal(0, 0.045, (count, 3))
        canvas.stroke(paths, width * scale, paint, bristles, streak=0.05)
    _flowers(rng, canvas)
    return canvas.finish(relief=0.6, weave=0.03)


def _scene(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return colors (H, W, 3), directions (H, W) and the size of dabs (H, W)."""
    shape = HEIGHT, WIDTH
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    cloud = noise(rng, shape, (5, 5), 3)
    patch = noise(rng, shape, (9, 6), 3)
    colors = ramp(y / HORIZON, [(0, "3f78c4"), (0.55, "82b4dd"), (1, "e3dcc6")])
    colors = mix(colors, rgb("fbf3e2"), (cloud + 0.05) * 1.9)
    colors = mix(colors, rgb("a9a3cf"), np.clip(-np.gradient(cloud, axis=0) * 26, 0, 0.7))
    angles = 0.35 * cloud + 0.25
    ridge = HORIZON - 14 - 10 * np.sin(x / 70) - 12 * noise(rng, (1, WIDTH), (1, 16), 2)
    colors = np.where(
        (y > ridge)[..., None], mix(_flat(shape, "5f7fa8"), rgb("8fa9a0"), patch), colors
    )
    crown = np.max(
        [
            tall * np.sqrt(np.clip(1 - ((x - center) / half) ** 2, 0, None))
            for center, half, tall in ((70, 66, 84), (150, 46, 56), (402, 40, 44), (586, 82, 106))
        ],
        axis=0,
    )
    trees = (HORIZON + 8 - y < crown + 9 * patch) & (crown > 0) & (y < HORIZON + 12)
    leaves = ramp(
        0.5 + 0.55 * patch + (HORIZON - y) / 260,
        [(0, "16323a"), (0.4, "2f5f3c"), (0.75, "6f9440"), (1, "d3c65c")],
    )
    colors = np.where(trees[..., None], leaves, colors)
    angles = np.where(trees, -0.9 + patch, angles)
    field = y > HORIZON + 4 + 3 * patch
    near = np.clip((y - HORIZON) / (HEIGHT - HORIZON), 0, 1)
    grass = ramp(
        0.5 + 0.6 * patch + 0.12 * np.sin(y / (5 + 22 * near) + x / 70),
        [(0, "2c5a3a"), (0.35, "6a9440"), (0.6, "a9b551"), (0.8, "d9c46a"), (1, "8f86b8")],
    )
    colors = np.where(field[..., None], mix(grass, rgb("c9cf8f"), 0.5 - near), colors)
    angles = np.where(field, -1.25 + 0.7 * patch - 0.3 * (1 - near), angles)
    return colors, angles, np.where(field, 0.55 + 0.75 * near, 0.85)


def _flowers(rng: np.random.Generator, canvas: Canvas) -> None:
    """Dab poppies and cornflowers over the field, in drifts, larger towards the front."""
    near = np.sort(rng.beta(1.1, 1.0, 1500))
    drift = noise(rng, (HEIGHT, WIDTH), (7, 5), 2)
    starts = np.stack(
        (rng.uniform(0, WIDTH, near.size), HORIZON + 8 + near * (HEIGHT - HORIZON)), axis=1
    )
    visible = sample(drift, starts) + rng.normal(0, 0.2, near.size) > 0.02
    starts, near = starts[visible], near[visible]
    count = near.size
    reds = ramp(
        rng.uniform(0, 1, count), [(0, "8f1420"), (0.35, "d3262a"), (0.75, "f0522f"), (1, "f79a6a")]
    )
    blues = ramp(rng.uniform(0, 1, count), [(0, "34419a"), (0.6, "6f7fd0"), (1, "f3ead8")])
    paint = np.where((rng.random(count) < 0.17)[:, None], blues, reds)
    flat = rng.normal(0, 0.5, (HEIGHT // 8, WIDTH // 8)).repeat(8, axis=0).repeat(8, axis=1)
    size = (2.6 + 11 * near) * rng.uniform(0.7, 1.2, count)
    canvas.stroke(canvas.trace(starts, flat, size * 1.2, points=4), size, paint, 5, streak=0.08)
    # A lit petal on each, and a dark heart.
    lit = np.clip(paint * 1.15 + 0.09, 0, 1)
    upper = starts - np.stack((size * 0.16, size * 0.24), axis=1)
    canvas.stroke(canvas.trace(upper, flat, size * 0.7, points=4), size * 0.45, lit, 3)
    large = size > 6.5
    hearts = np.tile(np.array(rgb("2a1a2c")), (int(large.sum()), 1))
    middle = starts[large] + np.array((0.0, 0.8))
    canvas.stroke(
        canvas.trace(middle, flat, size[large] * 0.3, points=4), size[large] * 0.26, hearts, 2
    )


def _flat(shape: tuple[int, int], code: str) -> Array:
    return np.broadcast_to(np.array(rgb(code)), (*shape, 3))
