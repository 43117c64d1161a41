"""Style compared by sliced Wasserstein distance, as a plugin of stylekit."""

from __future__ import annotations

import stylekit
from stylekit.specs import LossSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_losses() -> list[LossSpec]:
    """Offer the loss; its code and torch load when a run uses it."""
    return [
        LossSpec(
            name="sliced-wasserstein",
            role="style",
            summary="Whole distributions of features, along random directions.",
            factory="stylekit_sliced.loss:SlicedWassersteinLoss",
            params="stylekit_sliced.params:SlicedWassersteinParams",
        )
    ]
