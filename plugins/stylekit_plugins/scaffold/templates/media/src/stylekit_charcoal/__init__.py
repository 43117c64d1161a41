"""A file format: portable pixmaps."""

from __future__ import annotations

import stylekit
from stylekit.specs import MediaSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_media() -> list[MediaSpec]:
    """Register the component; its code loads when a run uses it."""
    return [
        MediaSpec(
            name="charcoal",
            summary="Portable pixmaps, 8 bits a value.",
            suffixes=(".ppm",),
            writes=(".ppm",),
            factory="stylekit_charcoal.media:CharcoalMedia",
        )
    ]
