"""CycleGAN: unpaired image-to-image translation (Zhu et al., ICCV 2017).

Two generators, from A to B and back, are trained against two discriminators; an image translated
there and back must return to itself, which keeps the content. Layers have the names of the authors'
repository, so that its files load.
"""

from __future__ import annotations

import stylekit
from stylekit.specs import MethodSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_methods() -> list[MethodSpec]:
    """Register the method and its trainer."""
    return [
        MethodSpec(
            name="cyclegan",
            summary="Unpaired image-to-image translation (Zhu et al. 2017).",
            version=2,
            networks=("cyclegan-generator",),
            styles=(0, None),
            factory="stylekit_plugins.cyclegan.method:CycleGAN",
            params="stylekit_plugins.cyclegan.params:CycleGANParams",
            trainer="stylekit_plugins.cyclegan.trainer:CycleGANTrainer",
            training="stylekit_plugins.cyclegan.params:TrainingParams",
        )
    ]
