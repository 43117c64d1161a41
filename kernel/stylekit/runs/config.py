"""Configuration: defaults < preset < TOML file < --set and flags, as one plain dict of layers.

A configuration has run keys (`method`, `content`, `size`, ...) and one table a component:

    method = "ink"
    content = ["me.jpg"]

    [ink]
    strength = 30
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar

from pydantic import Field

from stylekit.errors import UsageError
from stylekit.inputs.config_paths import RegionText, SourceText, StyleText, WeightsText
from stylekit.params import Params, Text, UserOnly, validate
from stylekit.text import LIST_PLUGINS, did_you_mean

Layer = Mapping[str, Any]

SHORTHANDS = ("steps", "init", "quality", "color")
"""Run keys that stand for the parameter of that name of the chosen method."""


FEATHER = "feather"
"""The executor's own way of putting a result into its regions: a weighted mean."""


class RunConfig(Params):
    """The keys of a run, apart from the components' own tables."""

    method: str = Field("", description="Transfer method, by name or plugin:name.")
    preset: str = Field("", description="Named configuration laid under this one.")
    content: tuple[SourceText, ...] = Field(
        (), description="Content sources: files, folders, samples."
    )
    style: tuple[StyleText, ...] = Field((), description="Style sources: SRC[@WHEN][*WEIGHT].")
    each_style: bool = Field(
        False, description="One result for each content with each style, instead of a blend."
    )
    region: tuple[RegionText, ...] = Field(
        (), description="Areas to paint: SRC[,grow=N][,invert][,feather=N]; none: everything."
    )
    interp: Literal["linear", "cosine", "step"] = Field(
        "linear", description="How a clip goes from one style to the next (--style SRC@WHEN)."
    )
    keep_frames: UserOnly[bool] = Field(
        False, description="Keep the frames of a clip as PNG files beside it, in NAME.frames/."
    )
    executor: UserOnly[str] = Field(
        "", description="What carries the run out: in this process, or elsewhere."
    )
    blend: Text = Field(
        FEATHER, description="How a result is put into its regions: feather, or a component."
    )
    out: UserOnly[Text | None] = Field(
        None, description="File or folder to write; None: beside the caller."
    )
    size: int | None = Field(
        None, ge=1, le=65536, description="Long side of the result in pixels; None: the method's."
    )
    backbone: str = Field("", description="Network whose features are compared.")
    optimizer: str = Field("", description="Optimizer of the picture.")
    fallback_optimizer: str = Field("", description="Optimizer to go on with if that one fails.")
    style_loss: str = Field("", description="Loss that compares style.")
    content_loss: str = Field("", description="Loss that compares content.")
    image_loss: str = Field("", description="Loss of the picture alone, for example its roughness.")
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="Number format inside the components that have a choice; auto: bfloat16 on "
        "hardware made for it (Intel AMX, NVIDIA Ampere), else float32.",
    )
    weights: tuple[WeightsText, ...] = Field(
        ("auto",),
        description="Trained weights: auto, names or files, each after NETWORK= if need be.",
    )
    seed: int = Field(0, ge=0, le=2**63 - 1, description="Seed of every random number.")
    device: str = Field("auto", description="auto, cpu, cuda, cuda:N or mps.")
    memory_mb: int | None = Field(
        None,
        ge=64,
        description="Most memory to plan for, in MiB, beside what the program itself takes (0.5 to "
        "0.8 GiB on a CPU); None: what is free.",
    )
    overwrite: UserOnly[bool] = Field(False, description="Replace existing files.")
    offline: bool = Field(False, description="Never touch the network.")
    resume: UserOnly[bool] = Field(
        False, description="Continue what was killed, and skip what is done."
    )
    checkpoint_seconds: UserOnly[float] = Field(
        10.0, ge=0, description="Least time between two states for --resume; 0: every step."
    )
    prefer: dict[str, dict[str, str]] = Field(
        default_factory=dict,
        description="For a kind, for a bare name, the plugin that supplies it.",
    )
    tables: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Parameters by component."
    )


RUN_KEYS = frozenset(RunConfig.model_fields) - {"tables"}


_LISTS = ("content", "style", "region", "weights")
"""Run keys that take several values, of which one may be written alone."""


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
        # No TOML at all, or a number or a nesting that Python does not read.
        return parts, value.strip()


def settings_layer(settings: Iterable[str]) -> dict[str, Any]:
    """Turn `--set` arguments into a layer. A path of three or more parts stays dotted.

    `ink.layers.relu4_1=0.5` changes one entry of whatever the lower layers say, so it can
    only be applied when they are known; it is kept under the key `layers.relu4_1`.
    """
    layer: dict[str, Any] = {}
    for setting in settings:
        parts, value = parse_setting(setting)
        if len(parts) == 1:
            layer[parts[0]] = value
        else:
            table = layer.setdefault(parts[0], {})
            if not isinstance(table, dict):
                raise _no_table(parts[0], table)
            table[".".join(parts[1:])] = value
    return layer


def merge(layers: Iterable[Layer]) -> dict[str, Any]:
    """Lay configurations over each other: tables merge key by key, everything else is replaced."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            if isinstance(value, Mapping):
                below = merged.get(key, {})
                if not isinstance(below, Mapping):
                    raise _no_table(key, below)
                merged[key] = {**below, **copy.deepcopy(dict(value))}
            else:
                merged[key] = value
    return merged


C = TypeVar("C", bound=Params)


def build(
    merged: Layer,
    tables: Iterable[str],
    model: type[C],
    shorthands: Sequence[str] = SHORTHANDS,
    lists: Collection[str] = _LISTS,
) -> C:
    """Check the keys of a command and collect the component tables.

    Args:
        merged: the result of `merge`.
        tables: the names that a table may have.
        model: has a field for each key, and `tables`.
        shorthands: keys that are known besides.
        lists: keys that take several values, of which one may be written alone.

    Raises:
        UsageError: an unknown key or table, or a bad value of a run key.
    """
    known_tables = set(tables)
    keys = set(model.model_fields) - {"tables"}
    run_keys: dict[str, Any] = {}
    parameters: dict[str, dict[str, Any]] = {}
    for key, value in merged.items():
        if key in keys:
            if key in lists and isinstance(value, str):
                value = (value,)
            run_keys[key] = value
        elif isinstance(value, Mapping):
            if key not in known_tables:
                raise UsageError(
                    f"Unknown component '{key}'.",
                    did_you_mean(key, known_tables | keys, LIST_PLUGINS),
                )
            parameters[key] = dict(value)
        else:
            if key in known_tables:
                raise _no_table(key, value)
            raise UsageError(
                f"Unknown parameter '{key}'.", did_you_mean(key, keys | set(shorthands))
            )
    return validate(model, {**run_keys, "tables": parameters}, "")


def _no_table(name: str, value: Any) -> UsageError:
    return UsageError(
        f"{name} = {value!r}: '{name}' takes no table of parameters and a plain value at once.",
        "A table and a key, METHOD.PARAMETER=30, or a key of a run, size=512.",
    )


def canonical(
    layer: Layer,
    names: Mapping[str, str],
    owners: Mapping[str, str],
    keys: Collection[str] = RUN_KEYS,
) -> dict[str, Any]:
    """Return a layer whose tables have full ids and whose shorthands are in their owners' tables.

    Done layer by layer, so that precedence holds whichever way a layer names a component.

    Args:
        names: the full id of each name that a table may have, where there is just one.
        owners: for each shorthand, the full id of the method whose parameter it stands for.
        keys: keys of the command itself.
    """
    result: dict[str, Any] = {}
    for key, value in layer.items():
        if key in owners:
            result = merge([result, {owners[key]: {key: value}}])
        elif isinstance(value, Mapping) and key not in keys:
            result = merge([result, {names.get(key, key): value}])
        else:
            result[key] = value
    return result


def apply_dotted(
    values: Mapping[str, Any], defaults: Mapping[str, Any], table: str
) -> dict[str, Any]:
    """Resolve dotted keys of one table against its lower layers or the model's defaults.

    Raises:
        UsageError: a part of the path is no table.
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
