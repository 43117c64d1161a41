"""`stylekit live`: paint what a camera sees, or a clip as if a camera saw it."""

from __future__ import annotations

import stylekit
from stylekit.specs import CommandSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_commands() -> list[CommandSpec]:
    """Register the command."""
    return [
        CommandSpec(
            name="live",
            summary="Paint a camera live: in a window, in a browser or to a file.",
            rank=15,
            factory="stylekit_plugins.live.command:Live",
        )
    ]
