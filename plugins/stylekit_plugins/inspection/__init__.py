"""Commands that look at what is installed, and take a method elsewhere."""

from __future__ import annotations

import stylekit
from stylekit.specs import CommandSpec

STYLEKIT_API = 1

_HERE = "stylekit_plugins.inspection"


@stylekit.hookimpl
def register_commands() -> list[CommandSpec]:
    """Offer them."""
    return [
        CommandSpec(
            name="list-plugins",
            summary="Show the installed plugins and what they offer.",
            factory=f"{_HERE}.list_plugins:ListPlugins",
        ),
        CommandSpec(
            name="describe",
            summary="Show a component with its parameters.",
            factory=f"{_HERE}.describe:Describe",
        ),
        CommandSpec(
            name="schema",
            summary="Print the JSON schema of a component's parameters.",
            factory=f"{_HERE}.schema:Schema",
        ),
        CommandSpec(
            name="weights",
            summary="Show, fetch and verify trained weights.",
            factory=f"{_HERE}.weights:Weights",
        ),
        CommandSpec(
            name="doctor",
            summary="Check this installation.",
            factory=f"{_HERE}.doctor:Doctor",
        ),
        CommandSpec(
            name="export",
            summary="Write a method that is one network to a file for other programs.",
            factory=f"{_HERE}.export:Export",
        ),
    ]
