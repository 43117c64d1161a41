"""Named configurations."""

from __future__ import annotations

import stylekit
from stylekit.specs import PresetSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_presets() -> list[PresetSpec]:
    """Offer the default, which lies under every run, and looks for common wishes."""
    return [
        PresetSpec(
            name="default",
            summary="Gatys on VGG-16 with built-in samples; what a bare `stylekit run` does.",
            values={
                "method": "gatys",
                "content": ["sample:astronaut"],
                "style": ["sample:swirls"],
            },
        ),
        PresetSpec(
            name="subtle",
            summary="The photograph with a touch of the painting.",
            values={"method": "gatys", "gatys": {"style_weight": 10.0}},
        ),
        PresetSpec(
            name="strong",
            summary="The painting, with the photograph shining through.",
            values={"method": "gatys", "gatys": {"style_weight": 300.0}},
        ),
    ]
