"""Settings of components: tables of parameters, and `--set KEY=VALUE`."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from stylekit.errors import UsageError


class Settings(Protocol):
    """Where a component's parameters come from: the keys of a command."""

    @property
    def tables(self) -> Mapping[str, Mapping[str, Any]]:
        """Parameters by component."""

    @property
    def precision(self) -> str:
        """Number format for components that support several."""


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


def apply_dotted(
    values: Mapping[str, Any], defaults: Mapping[str, Any], table: str
) -> dict[str, Any]:
    """Resolve dotted keys of one table against its other values or the model's defaults.

    Raises:
        UsageError: a part of the path is not a table.
    """
    resolved = {key: value for key, value in values.items() if "." not in key}
    for key, value in values.items():
        if "." not in key:
            continue
        first, *rest = key.split(".")
        resolved[first] = copy.deepcopy(resolved.get(first, defaults.get(first, {})))
        inner = resolved
        for part in (first, *rest[:-1]):
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                raise UsageError(f"{table}.{key}: '{part}' is a plain value and has no parts.")
        inner[rest[-1]] = value
    return resolved


def mixed_table(name: str, value: Any) -> UsageError:
    """Return the error for a name that has a table and a plain value."""
    return UsageError(
        f"{name} = {value!r}: '{name}' takes no table of parameters and a plain value at once.",
        "A table and a key, METHOD.PARAMETER=30, or a key of a run, size=512.",
    )
