"""A stylekit plugin: style compared by sliced Wasserstein distance."""

from __future__ import annotations

import stylekit
from stylekit.specs import LossSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_losses() -> list[LossSpec]:
    """Register the loss; its code and torch load when a run uses it."""
    return [
        LossSpec(
            name="sliced-wasserstein",
            role="style",
            summary="Sliced Wasserstein distance of features (Heitz et al. 2021).",
            factory="stylekit_sliced.loss:SlicedWassersteinLoss",
            params="stylekit_sliced.params:SlicedWassersteinParams",
        )
    ]
