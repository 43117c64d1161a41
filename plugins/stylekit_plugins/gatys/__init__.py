"""Neural style transfer by optimizing a picture (Gatys, Ecker and Bethge, CVPR 2016)."""

from __future__ import annotations

import stylekit
from stylekit.specs import MethodSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_methods() -> list[MethodSpec]:
    """Offer the method."""
    return [
        MethodSpec(
            name="gatys",
            summary="Optimize a picture so that its features match content and style.",
            slots={
                "backbone": "vgg16",
                "content_loss": "content",
                "style_loss": "gram",
                "image_loss": "tv",
                "optimizer": "lbfgs",
                "fallback_optimizer": "adam",
            },
            default_size=512,
            regions=True,
            factory="stylekit_plugins.gatys.method:Gatys",
            params="stylekit_plugins.gatys.params:GatysParams",
        )
    ]
