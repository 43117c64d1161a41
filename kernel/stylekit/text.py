"""Text for people: a suggestion for a misspelled name, and text of others made safe to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 100
"""Characters of a name that are compared."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint for an unknown `name`: the closest known name, or all of them."""
    names = sorted(set(known))
    if not names:
        return "None is available; see `stylekit list-plugins`."
    # Case is the commonest slip (`Ink`), and difflib counts it as a full difference.
    folded = {candidate.casefold(): candidate for candidate in names}
    # No name is that long, and the time grows with the square.
    close = get_close_matches(name[:_LONGEST].casefold(), folded, n=1, cutoff=0.6)
    listing = ", ".join(names)
    if close:
        return f"Did you mean '{folded[close[0]]}'? Known: {listing}."
    return f"Known: {listing}."


_UNUSUAL = re.compile("[^ -~]")

# Control, format, surrogate, line separator, paragraph separator.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

# Emoji and several scripts are spelled with them, and they move no other character.
_JOINERS = "\u200c\u200d"


def printable(text: str) -> str:
    r"""Escape what a terminal would obey, and what hides or reorders other characters.

    A line break becomes `\n`, an escape character `\x1b`, a byte of a file name that is not UTF-8
    `\xe9`.
    """
    return _UNUSUAL.sub(_escaped, text)


def is_safe(char: str) -> bool:
    """Return whether a character only shows itself."""
    return char in _JOINERS or unicodedata.category(char) not in _UNSAFE


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    if is_safe(char):
        return char
    if "\udc80" <= char <= "\udcff":
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape").decode("ascii")
