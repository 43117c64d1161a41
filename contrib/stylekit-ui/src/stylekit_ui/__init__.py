"""A page for artists, as a plugin of stylekit."""

from __future__ import annotations

import stylekit

STYLEKIT_API = 1


@stylekit.hookimpl
def register_commands() -> list[stylekit.CommandSpec]:
    """Offer the command; Gradio loads when it is run."""
    return [
        stylekit.CommandSpec(
            name="ui",
            summary="Open a page for artists in the browser, on this machine alone.",
            factory="stylekit_ui.command:Ui",
        )
    ]
