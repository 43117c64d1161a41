"""A backbone: edges at three scales."""

from __future__ import annotations

import stylekit
from stylekit.specs import BackboneSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_backbones() -> list[BackboneSpec]:
    """Register the component; its code loads when a run uses it."""
    return [
        BackboneSpec(
            name="charcoal",
            summary="Edges at three scales; needs no weights.",
            layers=("edges1", "edges2", "edges3"),
            factory="stylekit_charcoal.backbone:CharcoalBackbone",
        )
    ]
