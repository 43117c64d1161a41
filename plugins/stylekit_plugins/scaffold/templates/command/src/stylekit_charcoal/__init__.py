"""A command: the colors that a picture has most of."""

from __future__ import annotations

import stylekit
from stylekit.specs import CommandSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_commands() -> list[CommandSpec]:
    """Offer it; its code loads when a run uses it."""
    return [
        CommandSpec(
            name="charcoal",
            summary="Tell the colors that a picture has most of.",
            factory="stylekit_charcoal.command:CharcoalCommand",
        )
    ]
