"""A method: the colors of the style, by their mean and spread."""

from __future__ import annotations

import stylekit
from stylekit.specs import MethodSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_methods() -> list[MethodSpec]:
    """Register the component; its code loads when a run uses it."""
    return [
        MethodSpec(
            name="charcoal",
            summary="The colors of the style, by their mean and spread.",
            factory="stylekit_charcoal.method:CharcoalMethod",
            params="stylekit_charcoal.params:CharcoalParams",
        )
    ]
