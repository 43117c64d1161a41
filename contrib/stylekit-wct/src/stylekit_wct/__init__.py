"""A stylekit plugin: style as a closed-form transform of features."""

from __future__ import annotations

import stylekit
from stylekit.specs import MethodSpec, Slot

STYLEKIT_API = 1


@stylekit.hookimpl
def register_methods() -> list[MethodSpec]:
    """Register the method; its code and torch load when a run uses it."""
    return [
        MethodSpec(
            name="wct",
            summary="Optimize an image to match features with the style's statistics.",
            slots={"backbone": Slot("backbone", "vgg19"), "optimizer": Slot("optimizer", "lbfgs")},
            default_size=512,
            regions=True,
            factory="stylekit_wct.method:Wct",
            params="stylekit_wct.params:WctParams",
        )
    ]
