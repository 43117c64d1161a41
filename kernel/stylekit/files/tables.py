"""Reads TOML and JSON files of limited size and depth that hold one table."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stylekit.errors import InputError
from stylekit.files.paths import missing_file

LARGEST = 4 * 2**20
"""Bytes of the largest file that is read."""

DEEPEST = 32
"""Levels of tables and lists in a file."""

# The time that Python takes for a dotted key grows with the square of its parts.
_DEEP_KEY = re.compile(
    rf"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){{{DEEPEST}}}"""
)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        InputError: it is missing, no regular file, larger than `LARGEST`, nested deeper than
            `DEEPEST`, or malformed (the message has the line).
    """
    return _parsed(path, "TOML", _from_toml)


def read_json(path: Path, largest: int = LARGEST) -> dict[str, Any]:
    """Read a JSON file that holds one object.

    Args:
        largest: bytes of the largest file that is read.

    Raises:
        InputError: see `read_toml`.
    """
    return _parsed(path, "JSON", _from_json, largest)


def _parsed(
    path: Path, language: str, parse: Callable[[str], Any], largest: int = LARGEST
) -> dict[str, Any]:
    text = _text_of(path, largest)
    try:
        values = parse(text)
    except json.JSONDecodeError as error:
        where = f"{error.msg} (line {error.lineno}, column {error.colno})"
        raise InputError(f"{path} is not valid {language}: {where}.") from None
    except ValueError as error:
        raise InputError(f"{path} is not valid {language}: {error}.") from None
    except RecursionError:
        values = None
    if values is None or _depth(values) > DEEPEST:
        raise InputError(f"{path} is nested more than {DEEPEST} levels deep.")
    if not isinstance(values, dict):
        raise InputError(f"{path} is not a JSON object.")
    return values


def _from_toml(text: str) -> Any:
    if _DEEP_KEY.search(text):
        raise RecursionError
    return tomllib.loads(text)


def _from_json(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _text_of(path: Path, largest: int) -> str:
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"Cannot read {path}: it is not a regular file.")
        with path.open("rb") as file:
            data = file.read(largest + 1)
    except FileNotFoundError:
        raise missing_file(path) from None
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read {path}: {error}.") from None
    if len(data) > largest:
        raise InputError(f"Cannot read {path}: it has more than {largest // 2**20} MiB.")
    try:
        # Editors on Windows write a byte order mark.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"Cannot read {path}: {error}.") from None


def _depth(values: Any) -> int:
    """Count the levels of tables and lists, without recursion: there may be too many for it."""
    depth, level = 0, [values]
    while level and depth <= DEEPEST:
        depth += 1
        level = [
            inner
            for value in level
            if isinstance(value, Mapping | list)
            for inner in (value.values() if isinstance(value, Mapping) else value)
        ]
    return depth
