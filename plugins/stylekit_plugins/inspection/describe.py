"""`stylekit describe NAME`: a component with its parameters, defaults, units and ranges."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.registry.catalogue import Component, load_object, params_model
from stylekit.specs import PresetSpec
from stylekit_plugins.inspection.find import find_any

if TYPE_CHECKING:
    from stylekit.host import Host
    from stylekit.params import Params

_OF_CODE = ("name", "summary", "version", "factory", "params", "trainer", "training")
"""Fields of a spec that are shown elsewhere, or say nothing to people."""


class Describe:
    """Shows a component."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        parser.add_argument("name", help="component: NAME, plugin:NAME or kind/NAME")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Print the component, or all of that name."""
        components = find_any(host.catalogue, arguments.name)
        if console.json:
            console.object({"components": [as_json(component) for component in components]})
            return 0
        for component in components:
            _print(component, console)
        return 0


def as_json(component: Component[Any]) -> dict[str, Any]:
    """Return what `--json` prints of one component."""
    return {
        "kind": component.spec.kind,
        "id": component.id,
        "plugin": component.provider,
        **_facts(component),
        "parameters": _parameters(component),
        **({"training": training} if (training := _training(component)) else {}),
    }


def _print(component: Component[Any], console: Console) -> None:
    spec = component.spec
    console.data(f"{spec.kind} {component.id} (version {spec.version})")
    console.data(f"  {spec.summary}")
    console.data(f"  from plugin {component.provider}")
    for name, value in _facts(component).items():
        if name not in _OF_CODE and value:
            console.data(f"  {name}: {_plain(value)}")
    parameters = _parameters(component)
    if not parameters:
        console.data("  no parameters")
    else:
        console.data("")
        _print_parameters(spec.name, parameters, console)
    training = _training(component)
    if training:
        console.data("")
        console.data("  in `stylekit train`:")
        console.data("")
        _print_parameters(spec.name, training, console)


def _print_parameters(name: str, parameters: dict[str, dict[str, Any]], console: Console) -> None:
    console.table(
        ("parameter", "default", "range", "meaning"),
        (
            (
                f"{name}.{key}",
                _plain(entry["default"]) if "default" in entry else "(required)",
                _range(entry),
                entry.get("description", ""),
            )
            for key, entry in parameters.items()
        ),
    )


def _facts(component: Component[Any]) -> dict[str, Any]:
    facts = dataclasses.asdict(component.spec)
    return {name: dict(v) if hasattr(v, "items") else v for name, v in facts.items()}


def _parameters(component: Component[Any]) -> dict[str, dict[str, Any]]:
    if isinstance(component.spec, PresetSpec):
        return {}
    return _properties(params_model(component))


def _training(component: Component[Any]) -> dict[str, dict[str, Any]]:
    """Return the parameters of the training of a method that has one."""
    reference = getattr(component.spec, "training", None)
    if reference is None:
        return {}
    return _properties(load_object(reference, component))


def _properties(model: type[Params]) -> dict[str, dict[str, Any]]:
    properties: dict[str, dict[str, Any]] = model.model_json_schema().get("properties", {})
    return properties


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={_plain(entry)}" for key, entry in value.items())
    if isinstance(value, list | tuple):
        return " ".join(_plain(entry) for entry in value)
    return str(value)


def _range(entry: dict[str, Any]) -> str:
    if "enum" in entry:
        return " | ".join(str(choice) for choice in entry["enum"])
    bounds = [
        f"{sign} {entry[key]}"
        for key, sign in (
            ("minimum", ">="),
            ("exclusiveMinimum", ">"),
            ("maximum", "<="),
            ("exclusiveMaximum", "<"),
        )
        if key in entry
    ]
    return ", ".join(bounds) or entry.get("type", "")
