"""Text for people: suggestions for misspelled names, lists, durations, text made safe to print."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

LIST_PLUGINS = "`stylekit list-plugins`"
"""The command that lists every component, for hints."""

_LONGEST = 100
"""Characters of a name that are compared."""

_FEW = 12
"""Names that a hint lists in full, although a command lists them too."""


def nearest(name: str, known: Iterable[str], most: int = 3) -> list[str]:
    """Return the known names that `name` may be a slip for, the closest first."""
    # Case is the commonest slip (`Ink`), and difflib counts it as a full difference.
    folded = {candidate.casefold(): candidate for candidate in sorted(set(known))}
    # No name is that long, and the time grows with the square.
    close = get_close_matches(name[:_LONGEST].casefold(), folded, n=most, cutoff=0.6)
    return [folded[match] for match in close]


def did_you_mean(name: str, known: Iterable[str], listed_by: str = "") -> str:
    """Return a hint for an unknown `name`: the closest known name, and the others.

    Args:
        listed_by: a command that lists the known names; named instead of them if they are many.
    """
    names = sorted(set(known))
    if not names:
        return f"None is available; see {LIST_PLUGINS}."
    close = nearest(name, names)
    parts = [f"Did you mean '{close[0]}'?"] if close else []
    if not listed_by or len(names) <= _FEW:
        parts.append(f"Known: {', '.join(names)}.")
    else:
        if len(close) > 1:
            parts.append(f"Similar: {', '.join(close[1:])}.")
        parts.append(f"{listed_by} lists them all.")
    return " ".join(parts)


def and_more(items: Sequence[str], most: int, separator: str = ", ") -> str:
    """Join the first `most` items and count the others: `a, b, c and 2 more`."""
    more = len(items) - most
    return separator.join(items[:most]) + (f" and {more} more" if more > 0 else "")


def clock_text(seconds: float) -> str:
    """Return a duration as on a clock: `0:52`, `12:05` or `1:02:30`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def truncate(text: str, most: int) -> str:
    """Return the beginning of a text that fits into `most` bytes of UTF-8, in whole characters."""
    return text.encode("utf-8", "ignore")[:most].decode("utf-8", "ignore")


_UNUSUAL = re.compile("[^ -~]")

# Control, format, surrogate, line separator, paragraph separator.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

# Emoji and several scripts are spelled with them, and they move no other character.
_JOINERS = "\u200c\u200d"


def printable(text: str) -> str:
    r"""Escape characters that control a terminal, and those that hide or reorder others.

    A line break becomes `\n`, an escape character `\x1b`, a byte of a file name that is not UTF-8
    `\xe9`.
    """
    return _UNUSUAL.sub(_escaped, text)


def is_safe(char: str) -> bool:
    """Return whether a character prints itself and does nothing else."""
    return char in _JOINERS or unicodedata.category(char) not in _UNSAFE


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    if is_safe(char):
        return char
    if "\udc80" <= char <= "\udcff":
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape").decode("ascii")
