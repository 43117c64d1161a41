"""`stylekit describe NAME`: a component with its parameters, defaults, units and ranges."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.cli.values import COMPONENT, takes
from stylekit.registry.catalogue import Component, load_object, params_model
from stylekit.specs import PresetSpec
from stylekit.text import printable
from stylekit_plugins.inspection.find import find_any
from stylekit_plugins.inspection.layout import definitions, wrap
from stylekit_plugins.inspection.parameters import assignment, parameter_lines
from stylekit_plugins.inspection.spec_facts import facts
from stylekit_plugins.inspection.usage import example, kind_of, run_options

if TYPE_CHECKING:
    from stylekit.host import Host
    from stylekit.params import Params


class Describe:
    """Prints a component: what it is, what it uses, its parameters, and a command to try."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the name of the component."""
        name = parser.add_argument(
            "name", metavar="NAME", help="component: NAME, plugin:NAME or kind/NAME"
        )
        takes(name, COMPONENT)

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Print each component that has the name."""
        components = find_any(host.catalogue, arguments.name)
        if console.json:
            console.object({"components": [as_json(component) for component in components]})
            return 0
        options = run_options(host.catalogue)
        pages = ["\n".join(_page(component, options)) for component in components]
        console.data("\n\n".join(pages))
        return 0


def as_json(component: Component[Any]) -> dict[str, Any]:
    """Return the object that `--json` prints for one component."""
    return {
        "kind": component.spec.kind,
        "id": component.id,
        "plugin": component.provider,
        **_spec_fields(component),
        "parameters": _parameters(component),
        **({"training": training} if (training := _training(component)) else {}),
    }


def _page(component: Component[Any], options: Collection[str]) -> Iterator[str]:
    spec = component.spec
    yield printable(f"{kind_of(spec)} {component.id} (version {spec.version})")
    yield wrap(spec.summary, 2)
    yield ""
    stated = [("plugin", component.provider)]
    if isinstance(spec, PresetSpec):
        yield from definitions(stated)
        yield from ("", "Values:")
        yield from _preset_lines(spec)
    else:
        yield from definitions(_merged([*stated, *facts(component, options)]))
    parameters, training = _parameters(component), _training(component)
    if parameters:
        yield from ("", wrap(f"Parameters (--set {spec.name}.NAME=VALUE):"))
        yield from parameter_lines(spec.name, parameters)
    if training:
        yield from ("", wrap(f"Parameters of `stylekit train --method {spec.name}`:"))
        yield from parameter_lines(spec.name, training)
    if command := example(component, parameters):
        # In one line however narrow the terminal, to be copied.
        yield from ("", "Example:", f"  {printable(command)}")


def _merged(stated: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield labels with their texts; a label that comes again right away is left blank."""
    last = None
    for label, text in stated:
        yield ("" if label == last else label), text
        last = label


def _preset_lines(spec: PresetSpec) -> Iterator[str]:
    for key, value in spec.values.items():
        if isinstance(value, dict):
            yield from (assignment(f"{key}.{name}", entry) for name, entry in value.items())
        else:
            yield assignment(key, value)


def _spec_fields(component: Component[Any]) -> dict[str, Any]:
    fields = dataclasses.asdict(component.spec)
    return {name: dict(v) if hasattr(v, "items") else v for name, v in fields.items()}


def _parameters(component: Component[Any]) -> dict[str, dict[str, Any]]:
    if isinstance(component.spec, PresetSpec):
        return {}
    return _properties(params_model(component))


def _training(component: Component[Any]) -> dict[str, dict[str, Any]]:
    """Return the parameters of a method's training, if it has one."""
    reference = getattr(component.spec, "training", None)
    if reference is None:
        return {}
    return _properties(load_object(reference, component))


def _properties(model: type[Params]) -> dict[str, dict[str, Any]]:
    properties: dict[str, dict[str, Any]] = model.model_json_schema().get("properties", {})
    return properties
