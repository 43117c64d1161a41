"""Feed-forward style transfer by a network that is trained for one painting (`stylekit train`).

J. Johnson, A. Alahi, L. Fei-Fei: "Perceptual Losses for Real-Time Style Transfer and
Super-Resolution", ECCV 2016 (arXiv:1603.08155). How strong the style is remains a choice of each
run: the network is trained for a range of strengths.
"""

from __future__ import annotations

import stylekit
from stylekit.specs import MethodSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_methods() -> list[MethodSpec]:
    """Register the method."""
    return [
        MethodSpec(
            name="fast",
            summary="Paint by a network that was trained for a painting (Johnson et al. 2016).",
            version=2,
            networks=("fast-network",),
            styles=(0, None),
            default_size=1024,
            regions=True,
            factory="stylekit_plugins.fast.method:Fast",
            params="stylekit_plugins.fast.params:FastParams",
            trainer="stylekit_plugins.fast.trainer:FastTrainer",
            training="stylekit_plugins.fast.training_params:FastTrainingParams",
            training_inputs=("dataset", "style", "steps", "minutes"),
        )
    ]
