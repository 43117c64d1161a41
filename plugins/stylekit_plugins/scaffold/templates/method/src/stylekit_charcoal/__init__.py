"""A method: gradient descent on the pixels, first at half size."""

from __future__ import annotations

import stylekit
from stylekit.specs import MethodSpec, Slot

STYLEKIT_API = 1


@stylekit.hookimpl
def register_methods() -> list[MethodSpec]:
    """Register the method; its code loads when a run uses it."""
    return [
        MethodSpec(
            name="charcoal",
            summary="Gradient descent on the pixels, first at half size.",
            factory="stylekit_charcoal.method:CharcoalMethod",
            params="stylekit_charcoal.params:CharcoalParams",
            # The components that the method works with, and the defaults of the user's options
            # --backbone, --optimizer and --style-loss.
            slots={
                "backbone": Slot("backbone", "vgg19"),
                "optimizer": Slot("optimizer", "adam"),
                "style_loss": Slot("loss", "gram", role="style"),
            },
            default_size=512,
        )
    ]
