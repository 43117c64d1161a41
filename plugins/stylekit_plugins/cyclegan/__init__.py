"""CycleGAN: unpaired image-to-image translation (Zhu et al., ICCV 2017).

Two generators, from A to B and back, are trained against two discriminators; a picture translated
there and back must be itself again, which keeps the content. Names of layers are those of the
authors' repository, so that its files fit.
"""

from __future__ import annotations

import stylekit
from stylekit.specs import MethodSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_methods() -> list[MethodSpec]:
    """Offer the method."""
    return [
        MethodSpec(
            name="cyclegan",
            summary="Translate in one pass of a network that was trained for one look.",
            networks=("cyclegan-generator",),
            styles=(0, None),
            factory="stylekit_plugins.cyclegan.method:CycleGAN",
            params="stylekit_plugins.cyclegan.params:CycleGANParams",
            trainer="stylekit_plugins.cyclegan.trainer:CycleGANTrainer",
            training="stylekit_plugins.cyclegan.params:TrainingParams",
        )
    ]
