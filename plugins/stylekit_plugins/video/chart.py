"""Line charts over the frames of a video, drawn as an image."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from stylekit.images.frames import Frame

WIDTH, HEIGHT = 960, 260
"""Size of one chart, in pixels."""

LEFT, RIGHT, TOP, BOTTOM = 84, 200, 40, 40
"""Margins in pixels, for tick labels, the legend and the title."""

COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""A palette for color-blind readers (Okabe and Ito 2008)."""


@dataclass(frozen=True)
class Chart:
    """One chart.

    Attributes:
        title: with the unit.
        lines: by name, one value per frame; NaN leaves a gap.
    """

    title: str
    lines: Mapping[str, Sequence[float]]


def draw_charts(charts: Sequence[Chart], times: Sequence[float]) -> Frame:
    """Draw charts one below the other.

    Args:
        times: of the values, in seconds, increasing; as many as each line has values.
    """
    image = Image.new("RGB", (WIDTH, HEIGHT * len(charts)), "white")
    for number, chart in enumerate(charts):
        _draw(ImageDraw.Draw(image), chart, times, HEIGHT * number)
    return Frame.from_array(np.asarray(image))


def _draw(draw: ImageDraw.ImageDraw, chart: Chart, times: Sequence[float], top: int) -> None:
    font = ImageFont.load_default(14)
    finite = [v for line in chart.lines.values() for v in line if math.isfinite(v)]
    low, high = min([0.0, *finite]), max([0.0, *finite])
    high = high if high > low else low + 1.0
    start, end = times[0], times[-1] if times[-1] > times[0] else times[0] + 1.0
    plot_width, plot_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def point(time: float, value: float) -> tuple[float, float]:
        return (
            LEFT + plot_width * (time - start) / (end - start),
            top + TOP + plot_height * (high - value) / (high - low),
        )

    draw.text((LEFT, top + 12), chart.title, fill="black", font=font)
    for tick in range(5):
        value = low + (high - low) * tick / 4
        x, y = point(start, value)
        draw.line([(x, y), point(end, value)], fill="#dddddd")
        draw.text((x - 6, y), f"{value:.3g}", fill="black", font=font, anchor="rm")
        time = start + (end - start) * tick / 4
        x, y = point(time, low)
        draw.text((x, y + 6), f"{time:.2f} s", fill="black", font=font, anchor="mt")
    for order, (name, line) in enumerate(chart.lines.items()):
        color = COLORS[order % len(COLORS)]
        for (time, value), (later, following) in zip(
            zip(times, line, strict=True),
            list(zip(times, line, strict=True))[1:],
            strict=False,
        ):
            if math.isfinite(value) and math.isfinite(following):
                draw.line([point(time, value), point(later, following)], fill=color, width=2)
        y = top + TOP + 20 * order
        draw.line([(WIDTH - RIGHT + 12, y + 8), (WIDTH - RIGHT + 32, y + 8)], fill=color, width=3)
        draw.text((WIDTH - RIGHT + 40, y), name, fill="black", font=font)
