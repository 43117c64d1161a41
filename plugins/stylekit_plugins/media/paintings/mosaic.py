"""A mosaic: irregular glass tiles in dark grout, laid along the lines of suns and leaves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stylekit_plugins.media.paintings.fields import Array, mix, noise, ramp, rgb, to_bytes

WIDTH, HEIGHT = 640, 512
TILE = 15.0

_RUBY = [(0, "4a0716"), (0.5, "b3122f"), (1, "f0563f")]
_GOLD = [(0, "8a4a08"), (0.5, "e39a17"), (1, "fbe08a")]
_EMERALD = [(0, "04382f"), (0.5, "0f8a63"), (1, "8fd694")]
_SAPPHIRE = [(0, "07114a"), (0.5, "1747b8"), (1, "58a9ee")]
_AMETHYST = [(0, "230a45"), (0.5, "6d2aa0"), (1, "c78be0")]
_TURQUOISE = [(0, "03404f"), (0.5, "0f93a3"), (1, "a9e8dc")]

# x, y, radius, petals, rings from the inside out.
_SUNS = (
    (236, 214, 176, 12, (_GOLD, _RUBY, _GOLD, _SAPPHIRE, _TURQUOISE)),
    (520, 398, 124, 9, (_GOLD, _AMETHYST, _TURQUOISE, _RUBY)),
    (548, 92, 96, 8, (_RUBY, _GOLD, _EMERALD)),
    (64, 462, 92, 7, (_TURQUOISE, _GOLD, _AMETHYST)),
)


def paint() -> NDArray[np.uint8]:
    """Return the mosaic, uint8 (512, 640, 3); always the same."""
    rng = np.random.default_rng(532)
    along, across, bend = _lines(rng)
    tile, edge, local = _tiles(rng, along, across)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    count = int(tile.max()) + 1
    size = np.maximum(np.bincount(tile.ravel(), minlength=count), 1)
    center_x = np.bincount(tile.ravel(), x.ravel(), count) / size
    center_y = np.bincount(tile.ravel(), y.ravel(), count) / size
    colors = _design(rng, center_x, center_y)[tile]
    # Each tile lies a little askew and catches the light in its own way.
    tilt = rng.normal(0, 0.085, (count, 2))[tile]
    shade = (local * tilt).sum(axis=2)
    streaks = noise(rng, (HEIGHT, WIDTH), (HEIGHT // 3, WIDTH // 3), 2)
    cloud = noise(rng, (HEIGHT, WIDTH), (40, 50), 2)
    shade += 0.07 * streaks + 0.08 * cloud
    rim = np.clip(edge / 3.2, 0, 1)
    slope = np.gradient(rim)
    shade += 0.55 * (slope[0] + slope[1])
    glass = colors * (1 + shade[..., None]) + 0.22 * shade[..., None]
    grout = np.asarray(rgb("1c1714")) * (1 + 0.5 * streaks + 0.3 * cloud)[..., None]
    return to_bytes(mix(grout, glass, (edge - 0.7 + 0.35 * streaks + bend) / 1.1))


def _lines(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Return coordinates along and across the courses of tiles, and the grout's unevenness."""
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    wave = noise(rng, (HEIGHT, WIDTH), (4, 5))
    warp = noise(rng, (HEIGHT, WIDTH), (9, 11))
    along = x + 26 * wave + 5 * warp
    across = y + 34 * np.sin(x / 90 + 1.3 * wave) + 5 * np.roll(warp, 40, axis=1)
    for index, (cx, cy, radius, _, _) in enumerate(_SUNS):
        distance = np.hypot(x - cx, y - cy)
        inside = distance < radius
        turn = np.arctan2(y - cy, x - cx) + np.pi
        # Courses run around the middle; each has a whole number of tiles.
        course = np.floor(distance / TILE)
        tiles = np.maximum(4, np.round(2 * np.pi * (course + 0.5)))
        far = 4000.0 * (index + 1)
        along = np.where(inside, turn / (2 * np.pi) * tiles * TILE, along)
        across = np.where(inside, far + distance, across)
    return along, across, 0.2 * warp


def _tiles(rng: np.random.Generator, along: Array, across: Array) -> tuple[Array, Array, Array]:
    """Return for each pixel its tile, its distance to the tile's edge in pixels, and its place.

    Tiles are the Voronoi cells of one point in each square of a grid over the courses.
    """
    column = np.floor(along / TILE).astype(int)
    row = np.floor(across / TILE).astype(int)
    best = np.full(along.shape, np.inf)
    second = np.full(along.shape, np.inf)
    key = np.zeros(along.shape, np.int64)
    place = np.zeros((*along.shape, 2))
    jitter = rng.uniform(0.24, 0.76, (256, 256, 2))
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            i, j = row + down, column + right
            spot = jitter[i & 255, j & 255]
            dx = along - (j + spot[..., 0]) * TILE
            dy = across - (i + spot[..., 1]) * TILE
            distance = dx * dx + dy * dy
            nearer = distance < best
            second = np.where(nearer, best, np.minimum(second, distance))
            best = np.where(nearer, distance, best)
            key = np.where(nearer, i * 100_003 + j, key)
            place = np.where(nearer[..., None], np.stack((dx, dy), axis=2), place)
    _, tile = np.unique(key, return_inverse=True)
    edge = (np.sqrt(second) - np.sqrt(best)) / 1.6
    return tile.reshape(along.shape), edge, place / TILE


def _design(rng: np.random.Generator, x: Array, y: Array) -> Array:
    """Return the colors (n, 3) of tiles by their centers."""
    count = len(x)
    depth = rng.beta(1.6, 1.6, count)
    swell = np.sin((y + 34 * np.sin(x / 90)) / 27 + 0.8 * np.sin(x / 60))
    colors = ramp(depth, _SAPPHIRE)
    colors = np.where((swell > 0.1)[:, None], ramp(depth, _EMERALD), colors)
    colors = np.where((swell > 0.72)[:, None], ramp(depth, _TURQUOISE), colors)
    colors = np.where((swell < -0.7)[:, None], ramp(depth, _AMETHYST), colors)
    for cx, cy, radius, petals, rings in _SUNS:
        distance = np.hypot(x - cx, y - cy) / radius
        turn = np.arctan2(y - cy, x - cx)
        petal = np.abs(np.cos(turn * petals / 2))
        place = distance * (1.22 - 0.3 * petal) * len(rings)
        ring = np.clip(place.astype(int), 0, len(rings) - 1)
        inlaid = np.stack([ramp(depth, stops) for stops in rings])[ring, np.arange(count)]
        colors = np.where((distance < 1)[:, None], inlaid, colors)
        border = (distance > 1 - TILE / radius) & (distance < 1)
        colors = np.where(border[:, None], ramp(depth, _GOLD), colors)
    stray = rng.random(count) < 0.05
    return np.where(stray[:, None], ramp(depth, _GOLD), colors)
