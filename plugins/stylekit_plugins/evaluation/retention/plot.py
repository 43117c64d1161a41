"""A plot of retention against the distance from the style, as SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence

from stylekit_plugins.evaluation.retention.markup import as_html
from stylekit_plugins.evaluation.retention.pareto import Point, curves
from stylekit_plugins.evaluation.retention.statistics import Interval

WIDTH, HEIGHT = 720, 460
LEFT, RIGHT, TOP, BOTTOM = 70, 30, 24, 60
COLORS = ("#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b", "#e377c2")
GRAY = "#888888"


def scatter(points: Sequence[Point], metric: str) -> str:
    """Return the plot of at least one point.

    Whiskers are intervals, lines join sweeps, a dashed staircase is the Pareto front, and its
    points have a ring. Up and to the left is better.
    """
    across = _scale([_bounds(point.distance) for point in points], LEFT, WIDTH - RIGHT)
    upwards = _scale([_bounds(point.retention) for point in points], HEIGHT - BOTTOM, TOP)
    colors = _colors(points)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="sans-serif" font-size="12" role="img">',
        f"<title>Retention against {as_html(metric)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        *_axes(across, upwards, metric),
        *_front(points, across, upwards),
    ]
    for line in curves(points):
        path = " ".join(
            f"{across(p.distance.mean):.1f},{upwards(p.retention.mean):.1f}" for p in line
        )
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colors[line[0].base]}" '
            'stroke-width="1.5"/>'
        )
    places: list[tuple[float, float]] = []
    for point in points:
        color = colors[point.base] if point.ranked else GRAY
        parts += _mark(point, across, upwards, color, places)
    return "\n".join([*parts, "</svg>", ""])


class _Scale:
    """Maps values to positions on an axis."""

    def __init__(self, low: float, high: float, begin: float, end: float) -> None:
        self.ticks = _ticks(low, high)
        self.low, self.high = min(low, self.ticks[0]), max(high, self.ticks[-1])
        self._begin, self._end = begin, end

    def __call__(self, value: float) -> float:
        fraction = (value - self.low) / (self.high - self.low)
        return self._begin + fraction * (self._end - self._begin)


def _scale(bounds: Sequence[tuple[float, float]], begin: float, end: float) -> _Scale:
    low, high = min(b[0] for b in bounds), max(b[1] for b in bounds)
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 0.5
    return _Scale(low - margin, high + margin, begin, end)


def _ticks(low: float, high: float) -> list[float]:
    """Return about five round numbers within a range."""
    rough = (high - low) / 5
    size = 10 ** math.floor(math.log10(rough))
    step = next(m * size for m in (1, 2, 5, 10) if m * size >= rough)
    first = math.ceil(low / step)
    return [number * step for number in range(first, math.floor(high / step) + 1)]


def _bounds(interval: Interval) -> tuple[float, float]:
    mean, low, high = interval.mean, interval.low, interval.high
    return (mean if low is None else low), (mean if high is None else high)


def _axes(across: _Scale, upwards: _Scale, metric: str) -> list[str]:
    parts = []
    for tick in across.ticks:
        x = across(tick)
        parts.append(f'<path d="M{x:.1f},{TOP}V{HEIGHT - BOTTOM}" stroke="#e5e5e5"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{tick:g}</text>'
        )
    for tick in upwards.ticks:
        y = upwards(tick)
        parts.append(f'<path d="M{LEFT},{y:.1f}H{WIDTH - RIGHT}" stroke="#e5e5e5"/>')
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{100 * tick:g}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - 16}" text-anchor="middle">{as_html(metric)}: '
        "distance from the style (lower is better)</text>"
    )
    height = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text transform="translate(18,{height}) rotate(-90)" text-anchor="middle">retention, % '
        "(higher is better)</text>"
    )
    return parts


def _front(points: Sequence[Point], across: _Scale, upwards: _Scale) -> list[str]:
    best = sorted((p for p in points if p.on_front), key=lambda p: p.distance.mean)
    if len(best) < 2:
        return []
    path = f"M{across(best[0].distance.mean):.1f},{upwards(best[0].retention.mean):.1f}"
    for point in best[1:]:
        # Points to the right of this one and not above it are dominated, up to the next one.
        path += f"H{across(point.distance.mean):.1f}V{upwards(point.retention.mean):.1f}"
    return [f'<path d="{path}" fill="none" stroke="#444444" stroke-dasharray="5,4" class="front"/>']


def _mark(
    point: Point,
    across: _Scale,
    upwards: _Scale,
    color: str,
    places: list[tuple[float, float]],
) -> list[str]:
    """Draw a point; its label avoids the labels at `places`."""
    x, y = across(point.distance.mean), upwards(point.retention.mean)
    parts = []
    for interval, scale, path in (
        (point.distance, across, "M{0:.1f},{2:.1f}H{1:.1f}"),
        (point.retention, upwards, "M{2:.1f},{0:.1f}V{1:.1f}"),
    ):
        low, high = (scale(value) for value in _bounds(interval))
        other = y if scale is across else x
        parts.append(f'<path d="{path.format(low, high, other)}" stroke="{color}" opacity="0.5"/>')
    if point.on_front:
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="none" stroke="#444444"/>')
    parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{color}"/>')
    left = x > WIDTH * 0.7
    height = y - 7
    while any(abs(height - other) < 12 and abs(x - beside) < 120 for beside, other in places):
        height += 12
    places.append((x, height))
    parts.append(
        f'<text x="{x + (-11 if left else 11):.1f}" y="{height:.1f}" '
        f'text-anchor="{"end" if left else "start"}">{as_html(point.label)}</text>'
    )
    return parts


def _colors(points: Sequence[Point]) -> dict[str, str]:
    bases = list(dict.fromkeys(point.base for point in points))
    return {base: COLORS[number % len(COLORS)] for number, base in enumerate(bases)}
