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
            rank=70,
            factory=f"{_HERE}.list_plugins:ListPlugins",
        ),
        CommandSpec(
            name="describe",
            summary="Show a component: its parameters, defaults and ranges.",
            rank=75,
            factory=f"{_HERE}.describe:Describe",
        ),
        CommandSpec(
            name="schema",
            summary="Print the JSON schema of a component's parameters.",
            rank=80,
            factory=f"{_HERE}.schema:Schema",
        ),
        CommandSpec(
            name="weights",
            summary="List, fetch and verify trained weights.",
            rank=60,
            factory=f"{_HERE}.weights:Weights",
        ),
        CommandSpec(
            name="doctor",
            summary="Check this installation and suggest fixes.",
            rank=65,
            factory=f"{_HERE}.doctor:Doctor",
        ),
        CommandSpec(
            name="completion",
            summary="Complete commands, options and names with Tab in your shell.",
            rank=90,
            factory=f"{_HERE}.completion:Completion",
        ),
        CommandSpec(
            name="export",
            summary="Save a single-network method as ONNX or PT2.",
            rank=40,
            factory=f"{_HERE}.export:Export",
        ),
    ]
