"""Weights: those of a VGG-19 from a NumPy archive."""

from __future__ import annotations

import stylekit
from stylekit.specs import WeightsSpec
from stylekit.weights import UserFile

STYLEKIT_API = 1


@stylekit.hookimpl
def register_weights() -> list[WeightsSpec]:
    """Register the component; its code loads when a run uses it."""
    return [
        WeightsSpec(
            name="charcoal",
            network="vgg19",
            summary="VGG-19 from a NumPy archive with torchvision's keys (--weights PATH).",
            source=UserFile(suffixes=(".npz",)),
            license="yours",
            factory="stylekit_charcoal.weights:CharcoalWeights",
        )
    ]
