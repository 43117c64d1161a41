"""Layers of configuration: plain mappings, laid over each other from the weakest to the strongest.

A layer has keys of the command (`method`, `content`, `size`, ...) and one table a component:

    method = "ink"
    content = ["me.jpg"]

    [ink]
    strength = 30
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from stylekit.errors import UsageError
from stylekit.inputs.settings import mixed_table
from stylekit.params import Params, validate
from stylekit.text import did_you_mean

Layer = Mapping[str, Any]


def merge(layers: Iterable[Layer]) -> dict[str, Any]:
    """Lay layers over each other: tables merge key by key, any other value is replaced."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            if isinstance(value, Mapping):
                below = merged.get(key, {})
                if not isinstance(below, Mapping):
                    raise mixed_table(key, below)
                merged[key] = {**below, **copy.deepcopy(dict(value))}
            else:
                merged[key] = value
    return merged


def strongest(layers: Sequence[Layer], key: str) -> Any:
    """Return the value of a key in the strongest layer that has it; None if no layer has it."""
    return next((layer[key] for layer in reversed(layers) if key in layer), None)


def canonical(
    layer: Layer,
    names: Mapping[str, str],
    owners: Mapping[str, str],
    keys: Collection[str],
) -> dict[str, Any]:
    """Return a layer with full ids as names of tables, and shorthands in their owners' tables.

    It is applied to each layer before merging, so that a stronger layer wins whichever way it
    names a component.

    Args:
        names: the full id of each name that a table may have, where only one component has it.
        owners: for each shorthand, the full id of the method whose parameter it sets.
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


C = TypeVar("C", bound=Params)


def build(
    merged: Layer,
    tables: Collection[str],
    model: type[C],
    shorthands: Collection[str] = (),
    lists: Collection[str] = (),
    slots: Collection[str] = (),
) -> C:
    """Check the keys of a command, and collect the slots and the tables of components.

    Args:
        merged: one layer.
        tables: the names that a table may have.
        model: has a field for each key, and `tables`; `slots`, if there are any.
        shorthands: further known keys, for suggestions.
        lists: keys that take several values; a single value may stand alone.
        slots: keys that choose a component by its name.

    Raises:
        UsageError: an unknown key or table, or a bad value.
    """
    keys = set(model.model_fields) - {"tables", "slots"}
    values: dict[str, Any] = {}
    chosen: dict[str, Any] = {}
    parameters: dict[str, dict[str, Any]] = {}
    for key, value in merged.items():
        if key in keys:
            values[key] = (value,) if key in lists and isinstance(value, str) else value
        elif isinstance(value, Mapping):
            if key not in tables:
                raise UsageError(
                    f"Unknown component '{key}'.", did_you_mean(key, {*tables, *keys, *slots})
                )
            parameters[key] = dict(value)
        elif key in slots:
            if not isinstance(value, str):
                raise UsageError(f"{key} = {value!r}: expected the name of a component.")
            chosen[key] = value
        elif key in tables:
            raise mixed_table(key, value)
        else:
            known = {*keys, *slots, *shorthands}
            raise UsageError(f"Unknown parameter '{key}'.", did_you_mean(key, known))
    if slots:
        values["slots"] = chosen
    return validate(model, {**values, "tables": parameters}, "")
