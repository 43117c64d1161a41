"""Configuration: defaults < preset < TOML file < --set and flags, as one plain dict of layers.

A configuration has run keys (`method`, `content`, `size`, ...) and one table a component:

    method = "gatys"
    content = ["me.jpg"]

    [gatys]
    style_weight = 30
"""

from __future__ import annotations

import copy
import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from stylekit.errors import InputError, UsageError
from stylekit.params import Params, validate
from stylekit.suggest import did_you_mean

Layer = Mapping[str, Any]

SHORTHANDS = ("steps", "init")
"""Run keys that stand for the parameter of that name of the chosen method."""


class RunConfig(Params):
    """The keys of a run, apart from the components' own tables."""

    method: str = Field("", description="Transfer method, by name or plugin:name.")
    preset: str = Field("", description="Named configuration laid under this one.")
    content: tuple[str, ...] = Field((), description="Content sources: files, folders, samples.")
    style: tuple[str, ...] = Field((), description="Style sources: SRC[@WHEN][*WEIGHT].")
    out: str | None = Field(None, description="File or folder to write; None: beside the caller.")
    size: int | None = Field(
        None, ge=1, le=65536, description="Long side of the result in pixels; None: the method's."
    )
    backbone: str = Field("", description="Network whose features are compared.")
    optimizer: str = Field("", description="Optimiser of the picture.")
    style_loss: str = Field("", description="Loss that compares style.")
    content_loss: str = Field("", description="Loss that compares content.")
    image_loss: str = Field("", description="Loss of the picture alone, for example its roughness.")
    weights: str = Field("auto", description="Trained weights: auto, a name, or a file.")
    seed: int = Field(0, ge=0, le=2**63 - 1, description="Seed of every random number.")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:N or mps.")
    memory_mb: int | None = Field(
        None, ge=64, description="Most memory to plan for, in MiB; None: what is free."
    )
    overwrite: bool = Field(False, description="Replace existing files.")
    offline: bool = Field(False, description="Never touch the network.")
    prefer: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="For a kind, for a bare name, the plugin that supplies it.",
    )
    tables: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Parameters by component."
    )


RUN_KEYS = frozenset(RunConfig.model_fields) - {"tables"}


def read_config(path: Path) -> dict[str, Any]:
    """Read a TOML config, or the config inside a run record (`.json`).

    Raises:
        InputError: the file is missing or malformed (the message has the line).
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"No such config file: {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read config file {path}: {error}") from None
    if path.suffix == ".json":
        return _config_of_record(path, text)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not valid TOML: {error}") from None
    return _with_paths_from(path.parent, values)


def _config_of_record(path: Path, text: str) -> dict[str, Any]:
    try:
        record = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path} is not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        ) from None
    config = record.get("config") if isinstance(record, dict) else None
    if not isinstance(config, dict):
        raise InputError(f"{path} is no run record: it has no 'config'.")
    return config


def _with_paths_from(folder: Path, values: dict[str, Any]) -> dict[str, Any]:
    """Let the sources in a config file be relative to that file, not to the caller."""
    for key in ("content", "style"):
        sources = values.get(key)
        if isinstance(sources, str):
            values[key] = sources = [sources]
        if isinstance(sources, list):
            values[key] = [_rebased(folder, source) for source in sources]
    return values


def _rebased(folder: Path, source: Any) -> Any:
    from stylekit.sources import parse_style

    if not isinstance(source, str):
        return source
    plain = parse_style(source).source
    beside = folder / plain
    if not Path(plain).is_absolute() and beside.exists():
        return str(beside) + source[len(plain) :]
    return source


def parse_setting(text: str) -> tuple[list[str], Any]:
    """Split `gatys.style_weight=1e4` into its path and its TOML value; bare words are strings.

    Raises:
        UsageError: there is no `=`, or a part of the path is empty.
    """
    path, separator, value = text.partition("=")
    parts = [part.strip() for part in path.split(".")]
    if not separator or not all(parts):
        raise UsageError(
            f"--set {text}: expected KEY=VALUE.", "For example --set gatys.style_weight=30."
        )
    try:
        return parts, tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        return parts, value.strip()


def settings_layer(settings: Iterable[str]) -> dict[str, Any]:
    """Turn `--set` arguments into a layer. A path of three or more parts stays dotted.

    `gatys.style_layers.relu4_1=0.5` changes one entry of whatever the lower layers say, so it can
    only be applied when they are known; it is kept under the key `style_layers.relu4_1`.
    """
    layer: dict[str, Any] = {}
    for setting in settings:
        parts, value = parse_setting(setting)
        if len(parts) == 1:
            layer[parts[0]] = value
        else:
            layer.setdefault(parts[0], {})[".".join(parts[1:])] = value
    return layer


def merge(layers: Iterable[Layer]) -> dict[str, Any]:
    """Lay configurations over each other: tables merge key by key, everything else is replaced."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            if isinstance(value, Mapping):
                merged[key] = {**merged.get(key, {}), **copy.deepcopy(dict(value))}
            else:
                merged[key] = value
    return merged


def build(merged: Layer, tables: Iterable[str]) -> RunConfig:
    """Check the run keys and collect the component tables.

    Args:
        merged: the result of `merge`.
        tables: the names that a table may have.

    Raises:
        UsageError: an unknown key or table, or a bad value of a run key.
    """
    known_tables = set(tables)
    run_keys: dict[str, Any] = {}
    parameters: dict[str, dict[str, Any]] = {}
    for key, value in merged.items():
        if key in RUN_KEYS:
            if key in ("content", "style"):
                value = (value,) if isinstance(value, str) else tuple(value)
            run_keys[key] = value
        elif isinstance(value, Mapping):
            if key not in known_tables:
                raise UsageError(
                    f"Unknown component '{key}'.", did_you_mean(key, known_tables | RUN_KEYS)
                )
            parameters[key] = dict(value)
        else:
            raise UsageError(f"Unknown parameter '{key}'.", did_you_mean(key, RUN_KEYS))
    return validate(RunConfig, {**run_keys, "tables": parameters}, "")


def expand_shorthands(merged: dict[str, Any], method_table: str) -> dict[str, Any]:
    """Move `steps = 50` and the like into the method's table, where they win."""
    moved = {key: merged.pop(key) for key in SHORTHANDS if key in merged}
    if moved:
        merged[method_table] = {**merged.get(method_table, {}), **moved}
    return merged


def apply_dotted(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Resolve dotted keys of one table against its lower layers or the model's defaults."""
    resolved = {key: value for key, value in values.items() if "." not in key}
    for key, value in values.items():
        if "." not in key:
            continue
        first, *rest = key.split(".")
        base = copy.deepcopy(resolved.get(first, defaults.get(first, {})))
        if not isinstance(base, dict):
            raise UsageError(f"'{first}' has no parts, so '{key}' means nothing.")
        inner = base
        for part in rest[:-1]:
            inner = inner.setdefault(part, {})
        inner[rest[-1]] = value
        resolved[first] = base
    return resolved
