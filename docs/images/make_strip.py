"""Makes the strip at the top of the README: `python docs/images/make_strip.py`.

A photograph, a painting, and the result of a plain `stylekit run`, in one image that reads as a
sum. It takes minutes on two CPU cores.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

import stylekit

OUT = Path(__file__).with_name("strip.jpg")
CONTENT, STYLE, SIZE = "sample:coffee", "sample:mosaic", 512
TILE = (400, 267)
RADIUS, BAR, STROKE, SEAM = 26, 22, 6, 6
INK, PAPER = "#24292f", "white"


def result(content: str, style: str) -> Image.Image:
    """Run the command of the README, with nothing but defaults."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result.png"
        command = ["run", "--content", content, "--style", style, "--out", str(out)]
        subprocess.run([sys.executable, "-m", "stylekit.cli.main", *command], check=True)
        return Image.open(out).convert("RGB")


def sample(source: str) -> Image.Image:
    """Read a built-in sample as the run does."""
    return stylekit.run("identity", content=source, size=SIZE).image.to_pil().convert("RGB")


def strip(tiles: list[Image.Image]) -> Image.Image:
    """Put the tiles side by side, with a plus and an equals sign on the seams."""
    width, height = TILE
    image = Image.new("RGB", (width * len(tiles), height))
    for index, tile in enumerate(tiles):
        image.paste(ImageOps.fit(tile, TILE, Image.Resampling.LANCZOS), (index * width, 0))
    draw = ImageDraw.Draw(image)
    y = height // 2
    for x in (width, 2 * width):
        draw.line((x, 0, x, height), fill=PAPER, width=SEAM)
        draw.ellipse((x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS), fill=PAPER)
    for x, offset in ((width, 0), (2 * width, -6), (2 * width, 6)):
        bar = (x - BAR // 2, y + offset, x + BAR // 2, y + offset)
        draw.line(bar, fill=INK, width=STROKE)
    draw.line((width, y - BAR // 2, width, y + BAR // 2), fill=INK, width=STROKE)
    return image


def main() -> None:
    """Make the strip."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--content", metavar="SRC", default=CONTENT)
    parser.add_argument("--style", metavar="SRC", default=STYLE)
    parser.add_argument("--result", metavar="FILE", help="take this result instead of a new run")
    parser.add_argument("--out", metavar="FILE", default=str(OUT))
    options = parser.parse_args()
    if options.result:
        final = Image.open(options.result).convert("RGB")
    else:
        final = result(options.content, options.style)
    tiles = [sample(options.content), sample(options.style), final]
    strip(tiles).save(options.out, quality=84, optimize=True, progressive=True)


if __name__ == "__main__":
    main()
