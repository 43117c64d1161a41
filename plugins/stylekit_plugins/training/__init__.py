"""Training the networks of a method: epochs, checkpoints, metrics, sample sheets."""

from __future__ import annotations

import stylekit
from stylekit.specs import CommandSpec

STYLEKIT_API = 1

_HERE = "stylekit_plugins.training"


@stylekit.hookimpl
def register_commands() -> list[CommandSpec]:
    """Register `stylekit train`."""
    return [
        CommandSpec(
            name="train",
            summary="Train the networks of a method on your own images.",
            rank=20,
            factory=f"{_HERE}.command:Train",
        ),
    ]
