"""A method that is trained: a network learns the colors of a style."""

from __future__ import annotations

import stylekit
from stylekit.specs import MethodSpec, WeightsSpec
from stylekit.weights import UserFile

STYLEKIT_API = 1


@stylekit.hookimpl
def register_methods() -> list[MethodSpec]:
    """Register the method and its trainer; their code loads when a run uses it."""
    return [
        MethodSpec(
            name="charcoal",
            summary="The colors of a style, by a network that was trained for it.",
            styles=(0, 0),
            networks=("charcoal",),
            factory="stylekit_charcoal.method:CharcoalMethod",
            params="stylekit_charcoal.params:CharcoalParams",
            trainer="stylekit_charcoal.trainer:CharcoalTrainer",
            training="stylekit_charcoal.params:CharcoalTrainingParams",
            training_inputs=("dataset", "style", "steps"),
        )
    ]


@stylekit.hookimpl
def register_weights() -> list[WeightsSpec]:
    """Register the files that the trainer writes."""
    return [
        WeightsSpec(
            name="charcoal-file",
            network="charcoal",
            summary="A network of `stylekit train --method charcoal`.",
            source=UserFile(
                suffixes=(".safetensors",),
                made_by="stylekit train --method charcoal --style PAINTING --out FOLDER",
            ),
            license="yours",
            factory="stylekit_charcoal.weights:CharcoalFile",
        )
    ]
