"""The contact sheet: contents, styles and the results of each method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from stylekit.evaluation.experiment import ExperimentContext
from stylekit.images.frames import Frame, as_frame
from stylekit.text import printable
from stylekit_plugins.evaluation.retention.dataset import Example, limited
from stylekit_plugins.evaluation.retention.scoring import MethodResults, Prediction, ScoredImage

SIDE, GAP, HEAD, FOOT = 176, 8, 26, 20
"""Pixels: side of a tile, gap between tiles, height of the headings, height of a caption."""

RIGHT, WRONG, DARK = (20, 120, 50), (170, 40, 40), (40, 40, 40)


@dataclass(frozen=True)
class Tile:
    """One image on the sheet, with its caption."""

    image: Image.Image | None
    caption: str
    color: tuple[int, int, int] = DARK


def contact_sheet(
    context: ExperimentContext,
    every_method: Sequence[MethodResults],
    clean: Mapping[Example, Prediction],
    styles: Mapping[str, Frame],
    names: Sequence[str],
    rows: int,
) -> Frame:
    """Return the sheet: `rows` images, evenly spread over the dataset, in the styles in turn.

    Args:
        names: names of the classifier's classes, in order. The caption of an image is its
            predicted class, green if that is correct.
    """
    examples = list(clean)
    selected = limited(examples, rows)
    sources = list(styles)
    lines = []
    for number, example in enumerate(selected):
        style = sources[number % len(sources)]
        tiles = [
            _tile(context.read(example.source), clean[example], names),
            Tile(styles[style].to_pil(), ""),
        ]
        for results in every_method:
            scored_image = _find(results, style, example)
            if scored_image is None:
                tiles.append(Tile(None, "none", WRONG))
                continue
            image = context.read(results.stylized.images[example.source, style])
            tiles.append(_tile(image, scored_image.prediction, names))
        lines.append(tiles)
    headings = ["content", "style", *(results.variant.label for results in every_method)]
    return as_frame(_draw(headings, lines), "contact sheet")


def _find(results: MethodResults, style: str, example: Example) -> ScoredImage | None:
    for scored_image in results.scored_images:
        if scored_image.style == style and scored_image.example == example:
            return scored_image
    return None


def _tile(frame: Frame, prediction: Prediction, names: Sequence[str]) -> Tile:
    color = RIGHT if prediction.top1 else WRONG
    return Tile(Frame(frame.pixels).to_pil(), names[prediction.predicted], color)


def _draw(headings: Sequence[str], lines: Sequence[Sequence[Tile]]) -> Image.Image:
    width = GAP + len(headings) * (SIDE + GAP)
    height = HEAD + len(lines) * (SIDE + FOOT + GAP)
    sheet = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    for column, heading in enumerate(headings):
        _write(draw, heading, GAP + column * (SIDE + GAP), 6, DARK, font)
    for row, tiles in enumerate(lines):
        top = HEAD + row * (SIDE + FOOT + GAP)
        for column, tile in enumerate(tiles):
            left = GAP + column * (SIDE + GAP)
            if tile.image is not None:
                shown = tile.image.convert("RGB")
                shown.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
                position = (left + (SIDE - shown.width) // 2, top + (SIDE - shown.height) // 2)
                sheet.paste(shown, position)
            _write(draw, tile.caption, left, top + SIDE + 2, tile.color, font)
    return sheet


def _write(
    draw: ImageDraw.ImageDraw,
    text: str,
    left: int,
    top: int,
    color: tuple[int, int, int],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    """Draw a text, shortened to the width of a tile."""
    text = printable(text)
    while text and draw.textlength(text, font=font) > SIDE:
        text = text[:-2].rstrip("…") + "…" if len(text) > 2 else ""
    draw.text((left, top), text, fill=color, font=font)
