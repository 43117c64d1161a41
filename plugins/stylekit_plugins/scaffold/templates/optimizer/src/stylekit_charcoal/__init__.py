"""An optimizer: gradient descent with momentum."""

from __future__ import annotations

import stylekit
from stylekit.specs import OptimizerSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_optimizers() -> list[OptimizerSpec]:
    """Register the component; its code loads when a run uses it."""
    return [
        OptimizerSpec(
            name="charcoal",
            summary="Gradient descent with momentum, by steps of one length.",
            factory="stylekit_charcoal.optimizer:CharcoalOptimizer",
            params="stylekit_charcoal.params:CharcoalParams",
        )
    ]
