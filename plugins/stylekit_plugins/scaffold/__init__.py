"""`new-plugin`: starter projects for plugins."""

from __future__ import annotations

import stylekit
from stylekit.specs import CommandSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_commands() -> list[CommandSpec]:
    """Register the command."""
    return [
        CommandSpec(
            name="new-plugin",
            summary="Create a starter project for a plugin, with tests.",
            rank=90,
            factory="stylekit_plugins.scaffold.command:NewPlugin",
        )
    ]
