"""VGG-16 and VGG-19, the networks that neural style transfer was invented with."""

from __future__ import annotations

import stylekit
from stylekit.specs import BackboneSpec

STYLEKIT_API = 1


def _layers(convolutions: tuple[int, ...]) -> tuple[str, ...]:
    names: list[str] = []
    for block, count in enumerate(convolutions, start=1):
        for number in range(1, count + 1):
            names += [f"conv{block}_{number}", f"relu{block}_{number}"]
        names.append(f"pool{block}")
    return tuple(names)


@stylekit.hookimpl
def register_backbones() -> list[BackboneSpec]:
    """Offer both networks."""
    return [
        BackboneSpec(
            name="vgg16",
            summary="VGG-16 (13 convolutions); lighter, as good for style.",
            layers=_layers((2, 2, 3, 3, 3)),
            network="vgg16",
            factory="stylekit_plugins.backbones.vgg:VGG",
            params="stylekit_plugins.backbones.params:VGGParams",
            version=2,
        ),
        BackboneSpec(
            name="vgg19",
            summary="VGG-19 (16 convolutions), the network of Gatys et al.; works offline.",
            layers=_layers((2, 2, 4, 4, 4)),
            network="vgg19",
            factory="stylekit_plugins.backbones.vgg:VGG",
            params="stylekit_plugins.backbones.params:VGGParams",
            version=2,
        ),
    ]
