"""L-BFGS and Adam for images; both keep the image in [0, 1] at every step."""

from __future__ import annotations

import stylekit
from stylekit.specs import OptimizerSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_optimizers() -> list[OptimizerSpec]:
    """Register both optimizers."""
    return [
        OptimizerSpec(
            name="lbfgs",
            summary="L-BFGS projected to [0, 1]: the lowest loss in a given time.",
            factory="stylekit_plugins.optimizers.lbfgs:LBFGS",
            params="stylekit_plugins.optimizers.params:LBFGSParams",
            version=4,
        ),
        OptimizerSpec(
            name="adam",
            summary="Adam clamped to [0, 1]: less memory than L-BFGS, never stalls.",
            factory="stylekit_plugins.optimizers.adam:Adam",
            params="stylekit_plugins.optimizers.params:AdamParams",
        ),
    ]
