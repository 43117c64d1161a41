"""Text that others wrote, made safe to show: no terminal obeys it, and it fakes no line."""

from __future__ import annotations

import re
import unicodedata

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
    """Tell whether a character only shows itself."""
    return char in _JOINERS or unicodedata.category(char) not in _UNSAFE


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    if is_safe(char):
        return char
    if "\udc80" <= char <= "\udcff":
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape").decode("ascii")
