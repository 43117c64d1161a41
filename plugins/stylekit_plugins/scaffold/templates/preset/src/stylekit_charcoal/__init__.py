"""A preset: dark and coarse, in the colors of the photograph."""

from __future__ import annotations

import stylekit
from stylekit.specs import PresetSpec

from stylekit_charcoal.values import VALUES

STYLEKIT_API = 1


@stylekit.hookimpl
def register_presets() -> list[PresetSpec]:
    """Register the component; its code loads when a run uses it."""
    return [
        PresetSpec(
            name="charcoal",
            summary="Dark and coarse, in the colors of the photograph.",
            values=VALUES,
        )
    ]
