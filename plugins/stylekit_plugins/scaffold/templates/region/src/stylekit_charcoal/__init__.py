"""A region source: what is darker than a threshold."""

from __future__ import annotations

import stylekit
from stylekit.specs import RegionSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_regions() -> list[RegionSpec]:
    """Register the component; its code loads when a run uses it."""
    return [
        RegionSpec(
            name="charcoal",
            summary="What is darker than a threshold, charcoal:40%.",
            schemes=("charcoal",),
            factory="stylekit_charcoal.region:CharcoalRegion",
        )
    ]
