"""The public API as text: the names that stylekit promises to plugin authors, with signatures.

    python -m tests.helpers.public_api > tests/helpers/public_api.txt

Run it again when the API is meant to change, and say so in CHANGELOG.md. The promise is what the
modules in `PUBLIC` export, and of `stylekit.testing` the names of its suites alone. Everything else
in the kernel is internal and may change in any release.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

PUBLIC = (
    "stylekit",
    "stylekit.specs",
    "stylekit.protocols",
    "stylekit.methods",
    "stylekit.evaluation",
    "stylekit.weights",
    "stylekit.runs",
    "stylekit.cli",
    "stylekit.errors",
)

SUITES = "stylekit.testing"
"""A module of which only the names are promised."""

_PLAIN = (str, int, float, bool, type(None))


def lines() -> Iterator[str]:
    """Yield a line for each public name, in order of modules and names."""
    described: dict[int, str] = {}
    for module in map(importlib.import_module, PUBLIC):
        for name in _names_of(module):
            value, full = getattr(module, name), f"{module.__name__}.{name}"
            if isinstance(value, ModuleType):
                yield f"module {full}"
            elif id(value) in described:
                yield f"{full} = {described[id(value)]}"
            else:
                if inspect.isclass(value) or inspect.isfunction(value):
                    described[id(value)] = full
                yield from _described(full, value)
    for name in sorted(importlib.import_module(SUITES).__all__):
        yield f"{SUITES}.{name}"


def _names_of(module: ModuleType) -> list[str]:
    """Return the names that a module exports: its `__all__`, or what it defines itself."""
    names = getattr(module, "__all__", None)
    if names is None:
        names = [name for name, value in vars(module).items() if _is_of(value, module)]
    return sorted(name for name in names if not name.startswith("_"))


def _is_of(value: object, module: ModuleType) -> bool:
    """Return whether a value is defined in a module, and not only imported there."""
    if inspect.isclass(value) or inspect.isfunction(value):
        return value.__module__ == module.__name__
    return isinstance(value, str | int | float | tuple | frozenset)


def _described(name: str, value: Any) -> Iterator[str]:
    if inspect.isfunction(value):
        yield f"{name}{_signature(value)}"
    elif inspect.isclass(value):
        bases = ", ".join(base.__name__ for base in value.__bases__)
        yield f"class {name}({bases})"
        yield from (f"  {line}" for line in _members(value))
    else:
        yield f"{name}: {type(value).__name__}"


def _members(of: type) -> Iterator[str]:
    if dataclasses.is_dataclass(of):
        yield from (f".{field.name}: {field.type}" for field in dataclasses.fields(of))
    elif hasattr(of, "model_fields"):
        annotations = vars(of).get("__annotations__", {})
        yield from (f".{name}: {annotation}" for name, annotation in annotations.items())
    for name, value in sorted(vars(of).items()):
        if name.startswith("_") and name not in ("__init__", "__iter__", "__call__"):
            continue
        if name == "__init__" and (dataclasses.is_dataclass(of) or of.__dict__.get("_is_protocol")):
            continue
        if isinstance(value, property):
            assert value.fget is not None
            yield f".{name} -> {inspect.signature(value.fget).return_annotation}"
        elif isinstance(value, staticmethod | classmethod) or inspect.isfunction(value):
            yield f".{name}{_signature(getattr(of, name))}"


def _signature(of: Any) -> str:
    """Return a signature as text, with defaults that are plain values."""
    signature = inspect.signature(of)
    parameters = [
        parameter
        if parameter.default is parameter.empty or isinstance(parameter.default, _PLAIN)
        else parameter.replace(default=...)
        for parameter in signature.parameters.values()
    ]
    # Annotations are strings; their quotes mean nothing.
    text = str(signature.replace(parameters=parameters))
    return text.replace("'", "").replace("Ellipsis", "...")


if __name__ == "__main__":
    print("\n".join(lines()))
