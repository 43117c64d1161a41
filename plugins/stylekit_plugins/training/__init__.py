"""Training the networks of a method: epochs, checkpoints, measures, sample sheets."""

from __future__ import annotations

import stylekit
from stylekit.specs import CommandSpec

STYLEKIT_API = 1

_HERE = "stylekit_plugins.training"


@stylekit.hookimpl
def register_commands() -> list[CommandSpec]:
    """Offer it."""
    return [
        CommandSpec(
            name="train",
            summary="Train the networks of a method on pictures of your own.",
            rank=20,
            factory=f"{_HERE}.command:Train",
        ),
    ]
