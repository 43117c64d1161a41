"""Style compared by nearest neighbours of features, as a plugin of stylekit."""

from __future__ import annotations

import stylekit
from stylekit.specs import LossSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_losses() -> list[LossSpec]:
    """Offer the loss; its code and torch load when a run uses it."""
    return [
        LossSpec(
            name="neighbours",
            role="style",
            summary="Each position is drawn to the style's most similar one, and the other way.",
            factory="stylekit_neighbours.loss:NeighboursLoss",
            params="stylekit_neighbours.params:NeighboursParams",
        )
    ]
