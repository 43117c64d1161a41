"""The contact sheet: content, style, and what each method made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from stylekit.evaluation.experiment import ExperimentContext
from stylekit.images.frames import Frame, as_frame
from stylekit.text import printable
from stylekit_plugins.evaluation.retention.dataset import Example, limited
from stylekit_plugins.evaluation.retention.scoring import Judged, Outcome, Results

SIDE, GAP, HEAD, FOOT = 176, 8, 26, 20
"""Pixels: of a picture's place, between places, of the headings, of the line under a picture."""

RIGHT, WRONG, DARK = (20, 120, 50), (170, 40, 40), (40, 40, 40)


@dataclass(frozen=True)
class Tile:
    """One picture on the sheet, with the line under it."""

    image: Image.Image | None
    line: str
    color: tuple[int, int, int] = DARK


def contact_sheet(
    context: ExperimentContext,
    every: Sequence[Results],
    clean: Mapping[Example, Judged],
    styles: Mapping[str, Frame],
    names: Sequence[str],
    rows: int,
) -> Frame:
    """Return the sheet: `rows` pictures, evenly spread, each in the next of the styles.

    Args:
        names: of the classifier's classes, in order. Under each picture is what it was taken for,
            green if that is right.
    """
    examples = list(clean)
    chosen = limited(examples, rows)
    sources = list(styles)
    lines = []
    for number, example in enumerate(chosen):
        style = sources[number % len(sources)]
        tiles = [
            _tile(context.read(example.source), clean[example], names),
            Tile(styles[style].to_pil(), ""),
        ]
        for results in every:
            outcome = _outcome(results, style, example)
            if outcome is None:
                tiles.append(Tile(None, "none", WRONG))
                continue
            made = context.read(results.stylized.images[example.source, style])
            tiles.append(_tile(made, outcome.judged, names))
        lines.append(tiles)
    headings = ["content", "style", *(results.variant.label for results in every)]
    return as_frame(_drawn(headings, lines), "contact sheet")


def _outcome(results: Results, style: str, example: Example) -> Outcome | None:
    for outcome in results.outcomes:
        if outcome.style == style and outcome.example == example:
            return outcome
    return None


def _tile(frame: Frame, judged: Judged, names: Sequence[str]) -> Tile:
    color = RIGHT if judged.top1 else WRONG
    return Tile(Frame(frame.pixels).to_pil(), names[judged.predicted], color)


def _drawn(headings: Sequence[str], lines: Sequence[Sequence[Tile]]) -> Image.Image:
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
                place = (left + (SIDE - shown.width) // 2, top + (SIDE - shown.height) // 2)
                sheet.paste(shown, place)
            _write(draw, tile.line, left, top + SIDE + 2, tile.color, font)
    return sheet


def _write(
    draw: ImageDraw.ImageDraw,
    text: str,
    left: int,
    top: int,
    color: tuple[int, int, int],
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    """Write as much of a text as fits above or under a picture."""
    text = printable(text)
    while text and draw.textlength(text, font=font) > SIDE:
        text = text[:-2].rstrip("…") + "…" if len(text) > 2 else ""
    draw.text((left, top), text, fill=color, font=font)
