"""Settings of the command line: `--set KEY=VALUE`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from typing import Any

from stylekit.errors import UsageError


def parse_setting(text: str) -> tuple[list[str], Any]:
    """Split `ink.strength=1e4` into its path and its TOML value; bare words are strings.

    Raises:
        UsageError: there is no `=`, or a part of the path is empty.
    """
    path, separator, value = text.partition("=")
    parts = [part.strip() for part in path.split(".")]
    if not separator or not all(parts):
        raise UsageError(
            f"--set {text}: expected KEY=VALUE.",
            "For example --set METHOD.PARAMETER=30; `stylekit describe METHOD` lists them.",
        )
    try:
        return parts, tomllib.loads(f"value = {value}")["value"]
    except (ValueError, RecursionError):
        # Not TOML, or a number or a nesting that Python does not read.
        return parts, value.strip()


def settings_layer(settings: Iterable[str]) -> dict[str, Any]:
    """Turn `--set` arguments into a layer. A path of three or more parts stays dotted.

    `ink.layers.relu4_1=0.5` changes one entry of a table in the layers below. They are not known
    here, so the table `ink` gets the key `layers.relu4_1`, which `apply_dotted` resolves.
    """
    layer: dict[str, Any] = {}
    for setting in settings:
        parts, value = parse_setting(setting)
        if len(parts) == 1:
            layer[parts[0]] = value
        else:
            table = layer.setdefault(parts[0], {})
            if not isinstance(table, dict):
                raise mixed_table(parts[0], table)
            table[".".join(parts[1:])] = value
    return layer


def mixed_table(name: str, value: Any) -> UsageError:
    """Return the error for a name that has a table and a plain value."""
    return UsageError(
        f"{name} = {value!r}: '{name}' takes no table of parameters and a plain value at once.",
        "A table and a key, METHOD.PARAMETER=30, or a key of a run, size=512.",
    )
