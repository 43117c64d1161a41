"""`stylekit schema NAME`: the JSON schema of a component's parameters, or of a run (`run`)."""

from __future__ import annotations

import argparse

from stylekit.cli.console import Console
from stylekit.cli.hosting import make_host
from stylekit.cli.lookup import find_any
from stylekit.components import params_model
from stylekit.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("name", help="component: NAME, plugin:NAME or kind/NAME; or `run`")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Print the schema; it is JSON with or without --json."""
    if arguments.name == "run":
        from stylekit.config import RunConfig

        console.object(RunConfig.model_json_schema())
        return 0
    components = find_any(make_host(arguments, console).catalogue, arguments.name)
    if len(components) > 1:
        raise UsageError(
            f"'{arguments.name}' means several components.",
            "Say which: " + ", ".join(f"{c.spec.kind}/{c.id}" for c in components),
        )
    console.object(params_model(components[0]).model_json_schema())
    return 0
