"""Style compared by nearest neighbors of features, as a plugin of stylekit."""

from __future__ import annotations

import stylekit
from stylekit.specs import LossSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_losses() -> list[LossSpec]:
    """Offer the loss; its code and torch load when a run uses it."""
    return [
        LossSpec(
            name="neighbors",
            role="style",
            summary="Each position is drawn to the style's most similar one, and the other way.",
            factory="stylekit_neighbors.loss:NeighborsLoss",
            params="stylekit_neighbors.params:NeighborsParams",
        )
    ]
