"""Rows of captioned images, and line charts as SVG, for the pages of this folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw, ImageFont

GAP, LINE, FONT = 8, 25, 20
"""Pixels between images, of a line of text below them, and of its font."""

INK, PAPER = "#202124", "#ffffff"
"""The figures keep their own paper, which is readable on light and dark pages."""

MAX_BYTES = 150_000
"""Size of an image file that a page may load."""

COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
"""A palette for color-blind readers (Okabe and Ito 2008)."""

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 36, 44


@dataclass(frozen=True)
class Captioned:
    """One image and the lines of text below it."""

    image: Image.Image
    lines: Sequence[str]


def save_rows(rows: Sequence[Sequence[Captioned]], path: Path) -> None:
    """Save rows of images of one size as a JPEG."""
    width, height = rows[0][0].image.size
    texts = max(len(cell.lines) for row in rows for cell in row)
    across, down = width + GAP, height + GAP + LINE * texts
    sheet = Image.new("RGB", (GAP + across * max(map(len, rows)), GAP + down * len(rows)), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(FONT)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            left, top = GAP + across * column, GAP + down * number
            sheet.paste(cell.image.convert("RGB"), (left, top))
            for line, text in enumerate(cell.lines):
                place = (left + width / 2, top + height + 4 + LINE * line)
                draw.text(place, text, fill=INK, font=font, anchor="mt")
    for quality in (84, 76, 68):
        sheet.save(path, quality=quality, optimize=True, progressive=True)
        if path.stat().st_size <= MAX_BYTES:
            break


def save_chart(
    title: str,
    across: str,
    lines: Mapping[str, Sequence[tuple[float, float]]],
    path: Path,
    high: float,
    marks: Sequence[float],
    ticks: Sequence[float],
) -> None:
    """Save lines through (x, y) points as an SVG; y is from 0 to `high`, in a grid of `marks`."""
    last = max(x for points in lines.values() for x, _ in points)
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x_of(x: float) -> float:
        return LEFT + width * x / last

    def y_of(y: float) -> float:
        return TOP + height * (high - y) / high

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="13" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="6" fill="{PAPER}"/>',
        f'<text x="{LEFT}" y="22" font-weight="bold">{escape(title)}</text>',
        f'<text x="{LEFT + width}" y="{HEIGHT - 8}" text-anchor="end">{escape(across)}</text>',
    ]
    for mark in marks:
        y = y_of(mark)
        parts.append(f'<path d="M{LEFT} {y:.1f}h{width}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{mark:g}</text>')
    for x in ticks:
        place = f'x="{x_of(x):.1f}" y="{HEIGHT - 26}"'
        parts.append(f'<text {place} text-anchor="middle">{x:g}</text>')
    for number, (name, points) in enumerate(lines.items()):
        color = COLORS[number % len(COLORS)]
        path_data = "L".join(f"{x_of(x):.1f} {y_of(min(y, high)):.1f}" for x, y in points)
        parts.append(f'<path d="M{path_data}" fill="none" stroke="{color}" stroke-width="2"/>')
        x, y = LEFT + width + 12, TOP + 12 + 20 * number
        parts.append(f'<path d="M{x} {y - 4}h18" stroke="{color}" stroke-width="3"/>')
        parts.append(f'<text x="{x + 24}" y="{y}">{escape(name)}</text>')
    path.write_text("\n".join((*parts, "</svg>", "")), encoding="utf-8")
