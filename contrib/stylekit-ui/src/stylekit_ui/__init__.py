"""A web page for artists, as a plugin of stylekit."""

from __future__ import annotations

import stylekit

STYLEKIT_API = 1


@stylekit.hookimpl
def register_commands() -> list[stylekit.CommandSpec]:
    """Register the command `ui`; running it imports Gradio."""
    return [
        stylekit.CommandSpec(
            name="ui",
            summary="Open the web page (local only).",
            rank=15,
            factory="stylekit_ui.command:Ui",
        )
    ]
