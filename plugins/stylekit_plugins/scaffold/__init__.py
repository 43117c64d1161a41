"""A new plugin: a project that passes its own tests, to begin with."""

from __future__ import annotations

import stylekit
from stylekit.specs import CommandSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_commands() -> list[CommandSpec]:
    """Offer it."""
    return [
        CommandSpec(
            name="new-plugin",
            summary="Write the project of a plugin, with tests, to begin with.",
            factory="stylekit_plugins.scaffold.command:NewPlugin",
        )
    ]
