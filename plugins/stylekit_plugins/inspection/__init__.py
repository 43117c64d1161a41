"""Commands that inspect an installation, manage weights and export methods."""

from __future__ import annotations

import stylekit
from stylekit.specs import CommandSpec

STYLEKIT_API = 1

_HERE = "stylekit_plugins.inspection"


@stylekit.hookimpl
def register_commands() -> list[CommandSpec]:
    """Register the commands."""
    return [
        CommandSpec(
            name="list-plugins",
            summary="List the installed components and plugins.",
            factory=f"{_HERE}.list_plugins:ListPlugins",
        ),
        CommandSpec(
            name="describe",
            summary="Show a component: its parameters, defaults and ranges.",
            factory=f"{_HERE}.describe:Describe",
        ),
        CommandSpec(
            name="schema",
            summary="Print the JSON schema of a component's parameters.",
            factory=f"{_HERE}.schema:Schema",
        ),
        CommandSpec(
            name="weights",
            summary="List, fetch and verify trained weights.",
            factory=f"{_HERE}.weights:Weights",
        ),
        CommandSpec(
            name="doctor",
            summary="Check this installation and suggest fixes.",
            factory=f"{_HERE}.doctor:Doctor",
        ),
        CommandSpec(
            name="export",
            summary="Save a single-network method as ONNX or PT2.",
            factory=f"{_HERE}.export:Export",
        ),
    ]
