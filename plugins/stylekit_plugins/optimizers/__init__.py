"""L-BFGS and Adam for pictures; both keep the picture in [0, 1] while they work."""

from __future__ import annotations

import stylekit
from stylekit.specs import OptimizerSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_optimizers() -> list[OptimizerSpec]:
    """Offer both."""
    return [
        OptimizerSpec(
            name="lbfgs",
            summary="L-BFGS, projected to [0, 1]: the lowest loss for the time.",
            factory="stylekit_plugins.optimizers.lbfgs:LBFGS",
            params="stylekit_plugins.optimizers.params:LBFGSParams",
            version=3,
        ),
        OptimizerSpec(
            name="adam",
            summary="Adam, clamped after each step: needs less memory, never stalls.",
            factory="stylekit_plugins.optimizers.adam:Adam",
            params="stylekit_plugins.optimizers.params:AdamParams",
        ),
    ]
