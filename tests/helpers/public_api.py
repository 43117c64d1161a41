"""The public API as text: every public name of the kernel with its signature.

    python -m tests.helpers.public_api > tests/helpers/public_api.txt

Write it anew when the API is meant to change, and say so in CHANGELOG.md.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import stylekit

PRIVATE = ("stylekit.testing", "stylekit.cli.main")
"""Modules of which names may change: what a user of `stylekit.testing` sees are its suites."""


_PLAIN = (str, int, float, bool, type(None))


def modules() -> Iterator[ModuleType]:
    """Yield the public modules of the kernel."""
    yield stylekit
    for found in pkgutil.walk_packages(stylekit.__path__, "stylekit."):
        if not found.name.startswith(PRIVATE):
            yield importlib.import_module(found.name)


def lines() -> Iterator[str]:
    """Yield a line for each public name, in order of modules and names."""
    for module in modules():
        for name, value in sorted(vars(module).items()):
            if name.startswith("_") or name == "TYPE_CHECKING" or not _is_of(value, module):
                continue
            yield from _described(f"{module.__name__}.{name}", value)
    yield f"stylekit.__all__ = {sorted(stylekit.__all__)}"


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
    """Return a signature as it is written, but of defaults only what is a plain value."""
    signature = inspect.signature(of)
    parameters = [
        parameter
        if parameter.default is parameter.empty or isinstance(parameter.default, _PLAIN)
        else parameter.replace(default=...)
        for parameter in signature.parameters.values()
    ]
    # Annotations are strings, whose quotes say nothing.
    text = str(signature.replace(parameters=parameters))
    return text.replace("'", "").replace("Ellipsis", "...")


if __name__ == "__main__":
    print("\n".join(lines()))
