"""The syntax of source strings: schemes, timestamps, weights and region options."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from stylekit.errors import UsageError
from stylekit.files.paths import exists
from stylekit.text import truncate

MEMORY = "memory"
"""Scheme of images that a Python caller passed."""

# One letter is a Windows drive, not a scheme.
_SCHEME = re.compile(r"([a-z][a-z0-9+-]+):(.*)", re.DOTALL)
_STYLE = re.compile(r"(.+?)(?:@(\d+(?:\.\d+)?(?:s|%)?|\d+f|end))?(?:\*([^*@/]+))?", re.DOTALL)


_REGION_OPTION = re.compile(r"(.+),\s*(invert|(?:grow|feather)=[^,]*)", re.DOTALL)


@dataclass(frozen=True)
class StyleSource:
    """A style source with its moment and its weight (not yet normalized)."""

    source: str
    at: str | None = None
    weight: float = 1.0

    @property
    def text(self) -> str:
        """The source string with timestamp and weight."""
        when = f"@{self.at}" if self.at else ""
        # The fewest digits that are read back as this number.
        weight = repr(self.weight).removesuffix(".0")
        return self.source + when + (f"*{weight}" if self.weight != 1 else "")


def parse_style(text: str, folder: Path | None = None) -> StyleSource:
    """Split `SRC[@WHEN][*WEIGHT]`; a file whose name looks like that is taken as it is.

    Args:
        folder: the folder that the source is relative to; None: the working folder.

    Raises:
        UsageError: the weight is not a positive number.
    """
    match = _STYLE.fullmatch(text)
    if match is None or exists((folder or Path()) / text):
        return StyleSource(text)
    source, when, weight = match.groups()
    if weight is None:
        return StyleSource(source, when)
    try:
        value = float(weight)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise UsageError(
            f"Style '{text}': the weight '{weight}' is not a positive number.",
            "For example night.jpg*0.5.",
        )
    return StyleSource(source, when, value)


@dataclass(frozen=True)
class Length:
    """A length in pixels, or as a fraction of the long side of an image."""

    value: float = 0.0
    relative: bool = False

    def pixels(self, long_side: int) -> float:
        """Return the length in pixels."""
        return self.value * long_side if self.relative else self.value


@dataclass(frozen=True)
class RegionName:
    """A region source with the options that change its mask."""

    text: str
    source: str
    grow: Length
    feather: Length
    invert: bool


def parse_region(text: str, folder: Path | None = None) -> RegionName:
    """Split `SRC[,grow=N][,invert][,feather=N]`; a file whose name looks like that is taken as is.

    Args:
        folder: the folder that the source is relative to; None: the working folder.

    Raises:
        UsageError: an N is not a number of pixels or percents.
    """
    source, invert = text, False
    lengths = {"grow": Length(), "feather": Length()}
    base = folder or Path()
    while not exists(base / source) and (match := _REGION_OPTION.fullmatch(source)):
        source, word = match[1], match[2]
        name, _, value = word.partition("=")
        if name == "invert":
            invert = True
        else:
            lengths[name] = _length(value, text)
    return RegionName(text, source, invert=invert, **lengths)


def _length(value: str, text: str) -> Length:
    relative = value.endswith("%")
    try:
        number = float(value.removesuffix("%"))
    except ValueError:
        number = math.nan
    if not abs(number) <= 65536:
        raise UsageError(
            f"Region '{text}': '{value}' is not a length.",
            "Write pixels, feather=12, or feather=2%.",
        )
    return Length(number / 100 if relative else number, relative)


def split_scheme(source: str) -> tuple[str, str]:
    """Split a source into its scheme, which may be empty, and the rest."""
    match = _SCHEME.fullmatch(source)
    return (match[1], match[2]) if match else ("", source)


def path_in(source: str, folder: Path | None = None) -> str:
    """Return the path in a source: the rest after its schemes if that exists, else all of it."""
    base, rest = folder or Path(), source
    while rest and not exists(base / rest):
        scheme, rest = split_scheme(rest)
        if not scheme:
            return source
    return rest or source


def short_name(origin: str) -> str:
    """Make a file-name-safe stem of a source: `me` of `photos/me.jpg` or `sample:me`.

    It has at most 60 bytes in UTF-8.
    """
    stem = Path(split_scheme(origin)[1]).stem or "picture"
    safe = "".join(char if char.isalnum() or char in "-_." else "_" for char in stem)
    # Some file systems take names of 143 bytes; two stems, a number and a suffix must fit in.
    return truncate(safe, 60)
