"""A style loss: mean and spread of each channel."""

from __future__ import annotations

import stylekit
from stylekit.specs import LossSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_losses() -> list[LossSpec]:
    """Register the component; its code loads when a run uses it."""
    return [
        LossSpec(
            name="charcoal",
            role="style",
            summary="Mean and spread of each channel.",
            factory="stylekit_charcoal.loss:CharcoalLoss",
            params="stylekit_charcoal.params:CharcoalParams",
        )
    ]
