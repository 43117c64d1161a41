"""Coordinates as people write them: pixels, percents, parts of the picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction

from stylekit.errors import UsageError

_NUMBER = re.compile(
    r"(?P<number>[+-]?(?:\d{1,9}(?:\.\d{0,20})?|\.\d{1,20}))(?P<percent>%?)"
    r"|(?P<part>[+-]?\d{1,9}/0*[1-9]\d{0,8})",
    re.ASCII,
)
_SEPARATOR = re.compile(r"\s*,\s*|\s+")
_OPTIONS = ("grow", "invert", "feather")


@dataclass(frozen=True)
class Notation:
    """How a shape is written.

    Attributes:
        scheme: what stands before the colon.
        form: what follows it, for messages.
        example: a whole region, for messages.
    """

    scheme: str
    form: str
    example: str

    def error(self, source: str, problem: str, hint: str = "") -> UsageError:
        """Return the error for a shape that cannot be understood."""
        return UsageError(
            f"Region '{self.scheme}:{source}': {problem}.",
            hint or f"Write {self.scheme}:{self.form}, for example {self.example}.",
        )


def coordinates(
    source: str, notation: Notation, width: int, height: int, fits: Callable[[int], str]
) -> list[float]:
    """Return the numbers of a shape in pixels, x and y (or width and height) in turn.

    A number stands for pixels. With `%`, or written as a part like 1/4, it is of the picture's
    width where it is an x and of its height where it is a y.

    Args:
        source: numbers with commas or spaces between them.
        fits: says what is wrong with this many numbers, or nothing.

    Raises:
        UsageError: something is no number, there are too many or too few, or they look like parts
            of the picture written without a unit (0.5).
    """
    words = _SEPARATOR.split(source.strip()) if source.strip() else []
    matches = [_match(word, index, source, notation) for index, word in enumerate(words)]
    if problem := fits(len(words)):
        raise notation.error(source, problem)
    plain = [Fraction(m["number"]) for m in matches if m["number"] and not m["percent"]]
    if all(0 <= value <= 1 for value in plain) and any(value % 1 for value in plain):
        raise notation.error(
            source,
            "its numbers are pixels, and it would be smaller than one",
            "For parts of the picture write percents or fractions: 50% or 1/2, not 0.5.",
        )
    return [
        float(_pixels(match, height if index % 2 else width)) for index, match in enumerate(matches)
    ]


def rectangle(
    source: str, notation: Notation, width: int, height: int
) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom, in pixels, of a box written as x,y,w,h.

    It may reach beyond the picture, and it may be empty.

    Raises:
        UsageError: it cannot be understood, or its width or height is negative.
    """
    x, y, w, h = coordinates(
        source,
        notation,
        width,
        height,
        lambda count: "" if count == 4 else f"it takes 4 numbers, and {count} are given",
    )
    if w < 0 or h < 0:
        raise notation.error(source, f"its {'width' if w < 0 else 'height'} is negative")
    return x, y, x + w, y + h


def _match(word: str, index: int, source: str, notation: Notation) -> re.Match[str]:
    match = _NUMBER.fullmatch(word)
    if match:
        return match
    if not word:
        raise notation.error(source, f"number {index + 1} is missing")
    hint = ""
    if option := get_close_matches(word.partition("=")[0], _OPTIONS, n=1):
        hint = (
            f"Did you mean '{option[0]}'? After the numbers can follow ,grow=N ,invert and "
            f",feather=N, for example {notation.example},feather=8."
        )
    raise notation.error(
        source,
        f"'{word}' (number {index + 1}) is neither pixels (120), percents (25%) nor a part (1/4)",
        hint,
    )


def _pixels(match: re.Match[str], side: int) -> Fraction:
    """Return a length exactly, so that 1/3 of 300 pixels ends where a pixel ends."""
    if match["part"]:
        return Fraction(match["part"]) * side
    value = Fraction(match["number"])
    return value * side / 100 if match["percent"] else value
