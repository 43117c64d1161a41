"""Parsing of coordinates in pixels, percentages or fractions of the image."""

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
    """The syntax of a shape, for messages.

    Attributes:
        scheme: before the colon.
        form: after the colon.
        example: a complete region.
    """

    scheme: str
    form: str
    example: str

    def error(self, source: str, problem: str, hint: str = "") -> UsageError:
        """Return the error for an invalid shape."""
        return UsageError(
            f"Region '{self.scheme}:{source}': {problem}.",
            hint or f"Write {self.scheme}:{self.form}, for example {self.example}.",
        )


def coordinates(
    source: str, notation: Notation, width: int, height: int, count_error: Callable[[int], str]
) -> list[float]:
    """Return the numbers of a shape in pixels, x and y (or width and height) alternating.

    A plain number is in pixels; with `%`, or as a fraction like 1/4, it is relative to the width of
    the image for an x and to its height for a y.

    Args:
        source: numbers, separated by commas or spaces.
        count_error: returns what is wrong with a number of numbers, or an empty string.

    Raises:
        UsageError: a number is invalid, their number is wrong, or they look like fractions of the
            image without a unit (0.5).
    """
    tokens = _SEPARATOR.split(source.strip()) if source.strip() else []
    matches = [_match(token, index, source, notation) for index, token in enumerate(tokens)]
    if problem := count_error(len(tokens)):
        raise notation.error(source, problem)
    plain = [Fraction(m["number"]) for m in matches if m["number"] and not m["percent"]]
    if all(0 <= value <= 1 for value in plain) and any(value % 1 for value in plain):
        raise notation.error(
            source,
            "its numbers are in pixels, and the shape would be smaller than one pixel",
            "For fractions of the image write percentages or fractions: 50% or 1/2, not 0.5.",
        )
    return [
        float(_pixels(match, height if index % 2 else width)) for index, match in enumerate(matches)
    ]


def rectangle(
    source: str, notation: Notation, width: int, height: int
) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom, in pixels, of a box written as x,y,w,h.

    The box may reach beyond the image, and it may be empty.

    Raises:
        UsageError: the source is invalid, or its width or height is negative.
    """
    x, y, w, h = coordinates(
        source,
        notation,
        width,
        height,
        lambda count: "" if count == 4 else f"it has {count} numbers, but needs 4",
    )
    if w < 0 or h < 0:
        raise notation.error(source, f"its {'width' if w < 0 else 'height'} is negative")
    return x, y, x + w, y + h


def _match(token: str, index: int, source: str, notation: Notation) -> re.Match[str]:
    match = _NUMBER.fullmatch(token)
    if match:
        return match
    if not token:
        raise notation.error(source, f"number {index + 1} is missing")
    hint = ""
    if option := get_close_matches(token.partition("=")[0], _OPTIONS, n=1):
        hint = (
            f"Did you mean '{option[0]}'? ,grow=N ,invert and ,feather=N can follow the numbers, "
            f"for example {notation.example},feather=8."
        )
    raise notation.error(
        source,
        f"'{token}' (number {index + 1}) is not a number of pixels (120), a percentage (25%) or a "
        "fraction (1/4)",
        hint,
    )


def _pixels(match: re.Match[str], side: int) -> Fraction:
    """Return an exact length, so that 1/3 of 300 pixels ends on the border of a pixel."""
    if match["part"]:
        return Fraction(match["part"]) * side
    value = Fraction(match["number"])
    return value * side / 100 if match["percent"] else value
