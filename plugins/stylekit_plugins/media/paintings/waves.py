"""Waves as on a woodblock print: curved bands of blue with foam, on grainy paper."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from stylekit_plugins.media.paintings.fields import Array, mix, noise, ramp, rgb, to_bytes

WIDTH, HEIGHT = 640, 512
SCALE = 2

_INK, _FOAM, _PALE = "14233f", "f3ead2", "bcd3cf"
_BLUES = ("1b3f6e", "2a5d8f", "17335f", "4a86a8", "21507f", "6fa3b5")


def paint() -> NDArray[np.uint8]:
    """Return the print, uint8 (512, 640, 3); always the same."""
    rng = np.random.default_rng(1831)
    image = _sky(rng)
    draw = ImageDraw.Draw(image)
    for layer in range(9):
        _wave(rng, draw, layer)
    return _print(rng, np.asarray(image.reduce(SCALE), np.float32) / 255)


def _sky(rng: np.random.Generator) -> Image.Image:
    """Return paper with a graded sky, a low sun and clouds in bands, at the drawing scale."""
    shape = HEIGHT * SCALE, WIDTH * SCALE
    y, x = np.mgrid[: shape[0], : shape[1]] / SCALE
    drift = noise(rng, shape, (5, 6))
    sky = ramp(
        (y + 14 * drift) / HEIGHT,
        [(0, "35618f"), (0.1, "7fa6b0"), (0.24, "e6d9b4"), (0.42, "eec79a"), (0.6, "e9dcc0")],
    )
    distance = np.hypot(x - 452, y - 128)
    sky = mix(sky, rgb("c9442e"), (52 - distance) * SCALE)
    for middle, thick, start, end in ((66, 9, 30, 330), (104, 7, 210, 610), (150, 8, 350, 640)):
        center = middle + 4 * np.sin(x / 46)
        half = thick * np.sqrt(np.clip((x - start) * (end - x), 0, None)) / ((end - start) / 2)
        sky = mix(sky, rgb(_FOAM), (half - np.abs(y - center)) * SCALE)
        line = 1.1 - np.abs(np.abs(y - center) - half)
        sky = mix(sky, rgb("7f97a0"), np.where(half > 1, line, 0) * SCALE)
    return Image.fromarray(to_bytes(sky))


def _wave(rng: np.random.Generator, draw: ImageDraw.ImageDraw, layer: int) -> None:
    """Draw one wave across the image: its body, the lines that follow its crest, and its foam."""
    t = np.linspace(-60, WIDTH + 60, 420)
    near = layer / 8
    base = 205 + 300 * near**1.15
    height, length = 18 + 30 * near, 120 + 130 * near
    phase = t / length * 2 * np.pi + layer * 2.1 + 0.5 * np.sin(t / 170 + layer)
    # Peaks are narrow and lean forward, as before they break.
    lift = np.exp(1.5 * (np.cos(phase) - 1))
    x = t + height * 0.85 * lift * (1 if layer % 2 else -1)
    y = base - height * 1.7 * lift + 5 * np.sin(t / 23 + layer)
    color = _BLUES[layer % len(_BLUES)]
    tall = 120 + 60 * near
    lines = int(13 + 4 * near)
    for index in range(lines):
        share = (index / lines) ** 1.15
        down = tall * share
        # Lower lines are flatter: the swell dies away with depth.
        path_y = y + down + (base - y) * 0.5 * share
        path_x = x + 10 * share * np.sin(t / 40 + layer)
        tone = ramp(
            np.array(share + rng.uniform(-0.08, 0.08)),
            [(0, color), (0.55, _BLUES[(layer + 1) % 6]), (1, "12294d")],
        )
        if index % 3 == 2:
            tone = mix(tone, rgb(_PALE), np.array(0.75 - 0.45 * share))
        body = np.stack((path_x, path_y), axis=1) * SCALE
        corners = [
            ((WIDTH + 80) * SCALE, HEIGHT * SCALE * 1.4),
            (-80 * SCALE, HEIGHT * SCALE * 1.4),
        ]
        outline = [tuple(point) for point in body.tolist()]
        draw.polygon(outline + corners, tuple(to_bytes(tone).tolist()))
        draw.line(outline, _hex(_INK), int(1.5 * SCALE) if index else int(2.2 * SCALE))
    _foam(rng, draw, x, y, lift, 3.0 + 5.5 * near)


def _foam(
    rng: np.random.Generator,
    draw: ImageDraw.ImageDraw,
    x: Array,
    y: Array,
    lift: Array,
    size: float,
) -> None:
    """Draw scallops of foam along a crest, and spray above it."""
    ink, foam, pale = _hex(_INK), _hex(_FOAM), _hex(_PALE)
    blobs = []
    for index in range(0, len(x), 2):
        # Foam gathers on the peaks and thins out towards the troughs.
        for _ in range(int(4.2 * lift[index] + rng.uniform(0, 0.9))):
            radius = size * rng.uniform(0.45, 1.1) * (0.45 + 0.65 * lift[index])
            drop = rng.uniform(-0.4, 2.6) * size * lift[index]
            blobs.append((x[index] + rng.normal(0, size * 0.5), y[index] + drop, radius))
    for grow, fill in ((1.3, ink), (0.0, foam)):
        for cx, cy, radius in blobs:
            _disc(draw, cx, cy, radius + grow, fill)
    for cx, cy, radius in blobs:
        if radius > 3:
            box = [(cx - radius * 0.6) * SCALE, (cy - radius * 0.6) * SCALE]
            box += [(cx + radius * 0.7) * SCALE, (cy + radius * 0.7) * SCALE]
            draw.arc(box, 10, 140, pale if radius < 5 else _hex("6f9fb5"), SCALE)
    for _ in range(70):
        index = int(rng.integers(len(x)))
        if lift[index] > 0.5:
            away = rng.exponential(size * 2.2)
            _disc(
                draw,
                x[index] + rng.normal(0, size * 3),
                y[index] - size - away,
                rng.uniform(0.7, 0.3 * size + 0.8),
                foam,
            )


def _disc(
    draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, fill: tuple[int, int, int]
) -> None:
    box = (x - radius) * SCALE, (y - radius) * SCALE, (x + radius) * SCALE, (y + radius) * SCALE
    draw.ellipse(box, fill)


def _print(rng: np.random.Generator, colors: Array) -> NDArray[np.uint8]:
    """Print the colors: wood grain in dark areas, uneven ink, and paper fibres over all."""
    shape = HEIGHT, WIDTH
    grain = noise(rng, shape, (HEIGHT // 2, 14), 2)
    blots = noise(rng, shape, (40, 50), 3)
    fibres = noise(rng, shape, (HEIGHT // 2, WIDTH // 3)) + noise(
        rng, shape, (HEIGHT // 5, WIDTH // 2)
    )
    dark = 1 - colors.mean(axis=2)
    # Where the block did not touch, paper shows.
    bare = np.clip(grain * 0.9 + blots * 0.5 - 0.62, 0, 1) * dark
    inked = mix(colors, rgb("e8dcbc"), bare * 0.75)
    inked = inked * (1 + (0.09 * grain * dark + 0.05 * blots + 0.05 * fibres)[..., None])
    return to_bytes(inked * np.array((1.0, 0.985, 0.955)))


def _hex(code: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(code)
    return red, green, blue
