"""Style as a closed-form change of features, as a plugin of stylekit."""

from __future__ import annotations

import stylekit
from stylekit.specs import MethodSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_methods() -> list[MethodSpec]:
    """Offer the method; its code and torch load when a run uses it."""
    return [
        MethodSpec(
            name="wct",
            summary="Give the content's features the style's statistics, then find the picture.",
            slots={"backbone": "vgg16", "optimizer": "lbfgs"},
            default_size=512,
            regions=True,
            factory="stylekit_wct.method:Wct",
            params="stylekit_wct.params:WctParams",
        )
    ]
