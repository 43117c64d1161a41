"""`stylekit schema NAME`: the JSON schema of a component's parameters, or of a run (`run`)."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from stylekit.cli.console import Console
from stylekit.cli.values import COMPONENT, takes
from stylekit.errors import UsageError
from stylekit.registry.catalogue import params_model
from stylekit.specs import MethodSpec
from stylekit_plugins.inspection.find import find_any

if TYPE_CHECKING:
    from stylekit.host import Host


class Schema:
    """Prints the JSON schema of parameters, for editors and other programs."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the name of the component."""
        add = parser.add_argument
        takes(
            add("name", metavar="NAME", help="component: NAME, plugin:NAME or kind/NAME; or `run`"),
            *("run", COMPONENT),
        )

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Print the schema; it is JSON with or without --json."""
        if arguments.name == "run":
            from stylekit.runs.config import RunConfig

            schema = RunConfig.model_json_schema()
            del schema["properties"]["slots"]
            for method in host.catalogue.all(MethodSpec):
                for name, slot in method.spec.slots.items():
                    schema["properties"].setdefault(
                        name, {"type": "string", "description": f"Name of a {slot.kind}."}
                    )
            console.object(schema)
            return 0
        components = find_any(host.catalogue, arguments.name)
        if len(components) > 1:
            raise UsageError(
                f"'{arguments.name}' means several components.",
                "Say which: " + ", ".join(f"{c.spec.kind}/{c.id}" for c in components),
            )
        console.object(params_model(components[0]).model_json_schema())
        return 0
