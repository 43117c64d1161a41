"""A stylekit plugin: style compared by nearest neighbors of features."""

from __future__ import annotations

import stylekit
from stylekit.specs import LossSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_losses() -> list[LossSpec]:
    """Register the loss; its code and torch load when a run uses it."""
    return [
        LossSpec(
            name="neighbors",
            role="style",
            summary="Nearest neighbors of features in both directions (Kolkin et al. 2019).",
            factory="stylekit_neighbors.loss:NeighborsLoss",
            params="stylekit_neighbors.params:NeighborsParams",
        )
    ]
