"""An experiment: how much each method changes the images."""

from __future__ import annotations

import stylekit
from stylekit.specs import ExperimentSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_experiments() -> list[ExperimentSpec]:
    """Register the experiment; its code loads when an evaluation uses it."""
    return [
        ExperimentSpec(
            name="charcoal",
            summary="How much each method changes the images, with the time it takes.",
            factory="stylekit_charcoal.experiment:CharcoalExperiment",
        )
    ]
