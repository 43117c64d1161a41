"""The losses of Gatys, Ecker and Bethge (2016), further style losses, and total variation."""

from __future__ import annotations

import stylekit
from stylekit.specs import LossSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_losses() -> list[LossSpec]:
    """Register the losses."""
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
            params="stylekit_plugins.losses.params:GramParams",
            version=2,
        ),
        LossSpec(
            name="moments",
            role="style",
            summary="Means and covariances of features, compared separately.",
            factory="stylekit_plugins.losses.moments:MomentsLoss",
        ),
        LossSpec(
            name="wasserstein",
            role="style",
            summary="2-Wasserstein distance of Gaussians fitted to features; fine strokes.",
            factory="stylekit_plugins.losses.wasserstein:WassersteinLoss",
            params="stylekit_plugins.losses.params:WassersteinParams",
        ),
        LossSpec(
            name="tv",
            role="image",
            summary="Total variation: mean squared difference of neighboring pixels.",
            factory="stylekit_plugins.losses.tv:TotalVariationLoss",
        ),
    ]
