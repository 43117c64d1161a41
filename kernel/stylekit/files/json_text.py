"""JSON text that every reader accepts, with any numbers and file names."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from stylekit.text import is_safe

_UNUSUAL = re.compile("[^ -~\n]")


def json_text(
    value: Any, indent: int | None = None, default: Callable[[Any], Any] | None = None
) -> str:
    r"""Write a value as JSON text that is valid UTF-8.

    NaN and infinity become null. The bytes of a file name that are not UTF-8 become
    `\udc80` to `\udcff`, which `json.loads` reads back to the same name; control characters are
    escaped, too.

    Args:
        default: converts a value that JSON does not support, as in `json.dumps`.

    Raises:
        TypeError: JSON does not support a value, and there is no `default`.
    """
    text = json.dumps(
        finite(value), indent=indent, ensure_ascii=False, allow_nan=False, default=default
    )
    return _UNUSUAL.sub(_escaped, text)


def finite(value: Any) -> Any:
    """Replace NaN and infinity by None, in mappings and lists at any depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return value


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    if is_safe(char):
        return char
    return f"\\u{ord(char):04x}" if char < "\U00010000" else json.dumps(char)[1:-1]
