"""A command: the most frequent colors of an image."""

from __future__ import annotations

import stylekit
from stylekit.specs import CommandSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_commands() -> list[CommandSpec]:
    """Register the component; its code loads when a run uses it."""
    return [
        CommandSpec(
            name="charcoal",
            summary="Print the most frequent colors of an image.",
            factory="stylekit_charcoal.command:CharcoalCommand",
        )
    ]
