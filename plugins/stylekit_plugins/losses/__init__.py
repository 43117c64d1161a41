"""The losses of Gatys, Ecker and Bethge (2016), and total variation."""

from __future__ import annotations

import stylekit
from stylekit.specs import LossSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_losses() -> list[LossSpec]:
    """Offer the three."""
    return [
        LossSpec(
            name="content",
            role="content",
            summary="Mean squared error of features.",
            factory="stylekit_plugins.losses.content:ContentLoss",
        ),
        LossSpec(
            name="gram",
            role="style",
            summary="Mean squared error of Gram matrices.",
            factory="stylekit_plugins.losses.gram:GramLoss",
        ),
        LossSpec(
            name="tv",
            role="image",
            summary="Total variation: mean squared difference of neighbouring pixels.",
            factory="stylekit_plugins.losses.tv:TotalVariationLoss",
        ),
    ]
