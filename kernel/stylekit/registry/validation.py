"""Specs are checked when they are registered: a mistake shows in the list, not at first use."""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from stylekit.specs import (
    SPEC_TYPES,
    ComponentSpec,
    LossSpec,
    MediaSpec,
    MethodSpec,
    PresetSpec,
    Slot,
    Spec,
)

# No dots: `--set` splits at them.
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_SLOT = re.compile(r"[a-z][a-z0-9_]*")
_MEMBERS = {
    kind: names.split()
    for kind, names in {
        "backbone": "to features stride reach bytes_per_pixel",
        "optimizer": "begin",
        "method": "required_methods check bytes_needed stylize assess",
        "region": "mask",
        "blend": "blend",
        "weights": "decode",
        "executor": "tasks execute",
    }.items()
}
_SUBSTITUTES = {"mask": "mask_from"}
"""Members that an object may have instead, as a `DerivedRegionSource` has."""

_IMPORT = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


def check_spec(spec: Spec, hook: str) -> None:
    """Refuse a spec whose name, import strings or field types are wrong.

    Raises:
        ValueError: a name or an import string is malformed.
        TypeError: a field has another type than its spec declares.
    """
    if not isinstance(spec.name, str) or not NAME.fullmatch(spec.name):
        raise ValueError(
            f"{hook}: component name {spec.name!r} must be lower-case letters, digits, '-' or '_'"
        )
    for name, expected in _types_of(type(spec)).items():
        value = getattr(spec, name)
        if not _fits(value, expected):
            raise TypeError(f"{hook}: {spec.name!r} has {name}={value!r}, which must be {expected}")
    if isinstance(spec, MethodSpec):
        _check_slots(spec.slots, hook)
    if not isinstance(spec, PresetSpec):
        for name in ("factory", "params"):
            value = getattr(spec, name, None)
            if value is not None and not _IMPORT.fullmatch(value):
                raise ValueError(
                    f"{hook}: {spec.name!r} has {name}={value!r}; it must be 'package.module:Name'"
                )


def missing_members(spec: ComponentSpec, instance: object) -> list[str]:
    """Return the members of `stylekit.protocols` that a component's object lacks."""
    return [
        name
        for name in _required_members(spec)
        if not hasattr(instance, name) and not hasattr(instance, _SUBSTITUTES.get(name, name))
    ]


def _required_members(spec: ComponentSpec) -> Sequence[str]:
    if isinstance(spec, LossSpec):
        return ("__call__",) if spec.role == "image" else ("measure", "compare")
    if isinstance(spec, MediaSpec):
        return ("expand",) if spec.expands_folders else ("write",) if spec.writes else ()
    return _MEMBERS.get(spec.kind, ())


def _check_slots(slots: Mapping[str, Slot], hook: str) -> None:
    for name, slot in slots.items():
        kind = SPEC_TYPES.get(slot.kind, PresetSpec)
        if not _SLOT.fullmatch(name):
            raise ValueError(f"{hook}: slot {name!r} must be a lower-case word, joined by '_'")
        if not issubclass(kind, ComponentSpec) or slot.kind in ("observer", "executor"):
            raise ValueError(f"{hook}: slot {name!r} cannot hold a component of kind {slot.kind!r}")


def _types_of(spec_type: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(spec_type)
    return {entry.name: hints[entry.name] for entry in dataclasses.fields(spec_type)}


def _fits(value: object, expected: Any) -> bool:
    """Return whether a value has a type, for the kinds of types that specs use."""
    origin, arguments = get_origin(expected), get_args(expected)
    if expected is Any:
        return True
    if origin is Literal:
        return value in arguments
    if origin in (Union, types.UnionType):
        return any(_fits(value, argument) for argument in arguments)
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        if arguments[-1] is ...:
            return all(_fits(item, arguments[0]) for item in value)
        return len(value) == len(arguments) and all(map(_fits, value, arguments))
    if origin is Mapping:
        return isinstance(value, Mapping) and all(
            _fits(key, arguments[0]) and _fits(item, arguments[1]) for key, item in value.items()
        )
    if expected is float:
        return isinstance(value, int | float)
    return isinstance(value, expected)
