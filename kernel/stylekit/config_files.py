"""Reads config files: data that may come from someone else, so bounded and checked."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from stylekit.components import Catalogue
from stylekit.config import RunConfig, map_paths
from stylekit.errors import InputError
from stylekit.source_names import missing_file
from stylekit.trust import refuse_user_only

LARGEST = 4 * 2**20
"""Bytes of the largest config file that is read."""

DEEPEST = 32
"""Levels of tables and lists in a config file."""


def read_config(
    path: Path,
    catalogue: Catalogue,
    model: type[BaseModel] = RunConfig,
    trusted: bool = False,
) -> dict[str, Any]:
    """Read a TOML config file, or the configuration inside a run record (`.json`).

    Args:
        catalogue: the components that its tables may be of.
        model: has a field for each key of the command.
        trusted: the user vouches for a TOML file: it may say what only the user may say. A record
            never may.

    Raises:
        InputError: the file is missing, no regular file, too large or malformed (the message has
            the line).
        UsageError: it says what only the user may say.
    """
    if is_record(path):
        layer = read_json(path).get("config")
        if not isinstance(layer, dict):
            raise InputError(f"{path} is no run record: it has no 'config'.")
        refuse_user_only(layer, model, catalogue, path, is_record=True)
        return layer
    layer = parsed(path, tomllib.loads, "TOML")
    if not trusted:
        refuse_user_only(layer, model, catalogue, path, is_record=False)
    # So that the files in a config are relative to that config, not to the caller.
    return map_paths(layer, str, path.parent)


def is_record(path: Path) -> bool:
    """Tell a run record from a config file, by its suffix."""
    return path.suffix.lower() == ".json"


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds one object.

    Raises:
        InputError: see `read_config`.
    """
    return parsed(path, json.loads, "JSON")


def parsed(path: Path, parse: Callable[[str], Any], what: str) -> dict[str, Any]:
    """Parse a file that holds one table.

    Raises:
        InputError: see `read_config`.
    """
    text = _text_of(path)
    try:
        values = parse(text)
        depth = _depth(values)
    except json.JSONDecodeError as error:
        where = f"{error.msg} (line {error.lineno}, column {error.colno})"
        raise InputError(f"{path} is not valid {what}: {where}") from None
    except ValueError as error:
        raise InputError(f"{path} is not valid {what}: {error}") from None
    except RecursionError:
        depth = DEEPEST + 1
    if depth > DEEPEST:
        raise InputError(f"{path} is nested more than {DEEPEST} levels deep.")
    if not isinstance(values, dict):
        raise InputError(f"{path} holds no table of keys.")
    return values


def _text_of(path: Path) -> str:
    """Read a text file of at most `LARGEST` bytes."""
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"Cannot read config file {path}: it is no regular file.")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise missing_file(path, "config file") from None
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read config file {path}: {error}") from None
    if len(data) > LARGEST:
        raise InputError(
            f"Cannot read config file {path}: it has more than {LARGEST // 2**20} MiB."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"Cannot read config file {path}: {error}") from None


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
