"""A way of blending: grains that grow denser inwards."""

from __future__ import annotations

import stylekit
from stylekit.specs import BlendSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_blends() -> list[BlendSpec]:
    """Register the component; its code loads when a run uses it."""
    return [
        BlendSpec(
            name="charcoal",
            summary="Grains of the result that grow denser inwards.",
            factory="stylekit_charcoal.blend:CharcoalBlend",
            params="stylekit_charcoal.params:CharcoalParams",
        )
    ]
