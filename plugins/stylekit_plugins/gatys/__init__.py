"""Neural style transfer by optimizing an image (Gatys, Ecker and Bethge, CVPR 2016)."""

from __future__ import annotations

import stylekit
from stylekit.specs import MethodSpec, Slot

STYLEKIT_API = 1


@stylekit.hookimpl
def register_methods() -> list[MethodSpec]:
    """Register the method."""
    return [
        MethodSpec(
            name="gatys",
            summary="Optimize an image to match features of content and style (Gatys et al. 2016).",
            slots={
                "backbone": Slot("backbone", "vgg19"),
                "content_loss": Slot("loss", "content", role="content"),
                "style_loss": Slot("loss", "gram", role="style"),
                "image_loss": Slot("loss", "tv", role="image"),
                "optimizer": Slot("optimizer", "lbfgs"),
                "fallback_optimizer": Slot("optimizer", "adam"),
            },
            default_size=512,
            regions=True,
            factory="stylekit_plugins.gatys.method:Gatys",
            params="stylekit_plugins.gatys.params:GatysParams",
        )
    ]
