"""Plugins with one fault each, and the one check that must notice it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import stylekit
from stylekit import hookspecs
from stylekit.specs import PresetSpec
from stylekit.testing import ComponentSuite, MethodSuite


@dataclass(frozen=True)
class Fault:
    """A check that must fail, and all others of its suite must not.

    Attributes:
        says: words that its message must have.
    """

    suite: type[ComponentSuite]
    fails: str
    says: str = ""


FAULTS: list[Fault] = []
"""All of them, as far as their modules are imported."""


def offering(spec: stylekit.specs.Spec) -> object:
    """Return a plugin that offers one component."""

    def register(self: object) -> list[stylekit.specs.Spec]:
        return [spec]

    hook = next(hook for hook, kind in hookspecs.REGISTER.items() if kind == spec.kind)
    return type("Plugin", (), {hook: stylekit.hookimpl(register)})()


def fault(
    suite: type[ComponentSuite],
    fails: str = "",
    says: str = "",
    *,
    into: str = "",
    attributes: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Callable[[type], type]:
    """Let a class be a component that one check must refuse; with no check, it must pass them all.

    Args:
        into: module of the test class, if it is another one than the component's.
        attributes: of the test class.
        fields: of the spec.
    """

    def add(component: type) -> type:
        factory = f"{component.__module__}:{component.__qualname__}"
        given = {"name": "faulty", "summary": "Has a fault.", "factory": factory, **fields}
        if suite.spec_type is PresetSpec:
            del given["factory"]
        found = Fault(suite, fails, says)
        if fails:
            FAULTS.append(found)
        body = {
            "component": "faulty",
            "plugin": offering(suite.spec_type(**given)),
            # Methods are run, for which there must be an executor.
            "discover": suite is MethodSuite,
            "fault": found,
            "__module__": into or component.__module__,
            **(attributes or {}),
        }
        name = f"Test{component.__name__}"
        setattr(sys.modules[into or component.__module__], name, type(name, (suite,), body))
        return component

    return add
