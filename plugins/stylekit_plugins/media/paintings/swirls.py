"""A starry night: curved strokes that follow a swirling wind, over dark hills."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stylekit_plugins.media.paintings.brush import Canvas, sample, scatter
from stylekit_plugins.media.paintings.fields import Array, mix, noise, ramp, rgb

WIDTH, HEIGHT = 640, 512

# x, y, radius of the light, turn of the wind around it.
_STARS = (
    (88, 70, 40, 1), (205, 42, 27, -1), (318, 92, 34, 1), (422, 40, 25, 1), (60, 196, 28, -1),
    (556, 84, 66, -1), (478, 196, 26, 1), (600, 232, 30, 1), (268, 300, 24, -1), (150, 292, 26, 1),
)  # fmt: skip
_WHIRLS = ((262, 190, 92, 1), (392, 236, 58, -1), (128, 150, 50, -1))


def paint() -> NDArray[np.uint8]:
    """Return the painting, uint8 (512, 640, 3); always the same."""
    rng = np.random.default_rng(1889)
    canvas = Canvas(WIDTH, HEIGHT, "101d3f", rng)
    angles, colors, calm = _scene(rng)
    # Spacing, length, width, bristles: from coarse to fine.
    for spacing, length, width, bristles in ((15, 62, 15, 6), (9.5, 40, 8, 5), (7.5, 25, 4.8, 3)):
        starts = scatter(rng, WIDTH, HEIGHT, spacing)
        count = len(starts)
        ease = sample(calm, starts)
        lengths = length * rng.uniform(0.6, 1.25, count) * ease
        widths = width * rng.uniform(0.7, 1.2, count) * (0.55 + 0.45 * ease)
        paths = canvas.trace(starts, angles, lengths)
        paint = sample(colors, starts)
        paint = paint * rng.normal(1, 0.13, (count, 1)) + rng.normal(0, 0.028, (count, 3))
        # Now and then the brush comes from another pot.
        pots = ramp(
            rng.uniform(0, 1, count),
            [(0, "0f2a6b"), (0.4, "3f86b8"), (0.7, "a9d2cf"), (1, "f0d27a")],
        )
        paint = mix(paint, pots, np.where(rng.random(count) < 0.09, 0.5, 0.0))
        canvas.stroke(paths, widths, paint, bristles)
    _hearts(rng, canvas, angles)
    return canvas.finish()


def _hearts(rng: np.random.Generator, canvas: Canvas, angles: Array) -> None:
    """Fill the middle of each star, where no direction leads."""
    for cx, cy, radius, _ in _STARS:
        spread = radius * 0.14
        starts = rng.normal((cx, cy), spread, (int(26 + radius), 2))
        away = np.hypot(starts[:, 0] - cx, starts[:, 1] - cy) / (3 * spread)
        paint = ramp(away, [(0, "fff8da"), (0.5, "fbe28e"), (1, "f0b848")])
        paint += rng.normal(0, 0.03, paint.shape)
        paths = canvas.trace(starts, angles, np.full(len(starts), 5 + radius * 0.12))
        canvas.stroke(paths, np.full(len(starts), 5.0), paint, 3)


def _scene(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return directions (H, W), colors (H, W, 3) and stroke lengths (H, W) in (0, 1]."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    drift = noise(rng, (HEIGHT, WIDTH), (4, 5), 2)
    u = 1.0 + 0.0 * x
    v = 0.55 * np.cos(x / 84 + 0.6) + 0.35 * drift
    bands = np.sin(y / 15 + 2.2 * np.sin(x / 120) + 1.6 * drift)
    calm = np.ones_like(x)
    lights = np.zeros_like(x)
    for cx, cy, radius, turn in _WHIRLS:
        dx, dy = x - cx, y - cy
        distance = np.hypot(dx, dy) + 1e-6
        pull = 6.0 * np.exp(-((distance / radius) ** 2))
        # A little inwards, so that the strokes spiral.
        u += pull * (-dy * turn - 0.16 * dx) / distance
        v += pull * (dx * turn - 0.16 * dy) / distance
        spiral = np.sin(distance / 6.2 - turn * np.arctan2(dy, dx) * 1.0)
        inside = np.exp(-((distance / radius) ** 4))
        bands = bands * (1 - inside) + spiral * inside
        calm = np.minimum(calm, 0.35 + distance / radius * 0.65)
    for cx, cy, radius, turn in _STARS:
        dx, dy = x - cx, y - cy
        distance = np.hypot(dx, dy) + 1e-6
        pull = 9.0 * np.exp(-((distance / (radius * 1.15)) ** 4))
        u += -pull * dy * turn / distance
        v += pull * dx * turn / distance
        lights = np.maximum(lights, 1 - distance / (radius * 1.35))
        calm = np.minimum(calm, 0.42 + distance / (radius * 1.6) * 0.5)
    sky = ramp(
        bands * 0.5 + 0.5 + 0.12 * drift,
        [(0, "0d1f56"), (0.3, "1c3f8c"), (0.6, "2f6fae"), (0.82, "6fb0c4"), (1, "d3e4cf")],
    )
    sky = mix(sky, rgb("4f9aa0"), (y / HEIGHT - 0.35) * 0.9)
    rings = lights + 0.07 * np.sin(lights * 26)
    glow = ramp(
        rings, [(0, "3d7fae"), (0.25, "8fc3a8"), (0.45, "e9d778"), (0.72, "f4b23a"), (1, "fff3c4")]
    )
    colors = mix(sky, glow, lights * 3.2)
    angles = np.arctan2(v, u)
    return _hills(x, y, drift, angles, colors, np.clip(calm, 0.4, 1))


def _hills(
    x: Array, y: Array, drift: Array, angles: Array, colors: Array, calm: Array
) -> tuple[Array, Array, Array]:
    """Lay hills and a dark tree over the sky, far ones first."""
    for base, height, pace, phase, tones in (
        (366, 26, 70, 0.4, ("20406f", "4b7fa0", "8fb6a4")),
        (408, 30, 96, 2.3, ("143054", "2c6a6e", "7fa868")),
        (462, 26, 120, 4.4, ("0c1c33", "1d4a44", "b59a3e")),
    ):
        crest = base - height * np.sin(x / pace + phase) - 9 * np.sin(x / 31 + phase * 3)
        depth = y - crest
        land = depth > 0
        slope = np.gradient(crest, axis=1)
        folds = 0.5 + 0.5 * np.sin(depth / 5.5 + 1.5 * drift + np.sin(x / 40) * 1.8)
        tone = ramp(folds, [(0, tones[0]), (0.6, tones[1]), (1, tones[2])])
        tone = mix(tone, rgb("0b1730"), np.exp(-((depth / 4.0) ** 2)))
        colors = np.where(land[..., None], tone, colors)
        angles = np.where(land, np.arctan(slope) + 0.5 * np.sin(depth / 26 + x / 60), angles)
        calm = np.where(land, 0.6, calm)
    bottom, top = 540.0, 96.0
    rise = np.clip((bottom - y) / (bottom - top), 0, 1)
    middle = 512 + 9 * np.sin(y / 38)
    half = 52 * (1 - rise) ** 0.75 * (1 + 0.25 * np.sin(y / 17)) * (y > top)
    inside = np.abs(x - middle) < half
    flame = np.sin((x - middle) / 3.2 + 3 * np.sin(y / 30))
    bark = ramp(
        flame * 0.5 + 0.5, [(0, "0a1420"), (0.5, "1b3326"), (0.85, "4a5a2a"), (1, "8a5a2c")]
    )
    colors = np.where(inside[..., None], bark, colors)
    lean = -np.pi / 2 + 0.5 * np.sin(y / 26 + x / 12) - (x - middle) / 150
    angles = np.where(inside, lean, angles)
    calm = np.where(inside, 0.55, calm)
    return angles, colors, calm
