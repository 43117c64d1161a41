"""VGG-16 and VGG-19, the networks that neural style transfer was invented with."""

from __future__ import annotations

import stylekit
from stylekit.specs import BackboneSpec
from stylekit_plugins.networks.vgg import layer_names

STYLEKIT_API = 1


@stylekit.hookimpl
def register_backbones() -> list[BackboneSpec]:
    """Register both networks."""
    return [
        BackboneSpec(
            name="vgg16",
            summary="VGG-16 (13 convolutions): lighter than VGG-19, and as good for style.",
            layers=layer_names("vgg16"),
            network="vgg16",
            factory="stylekit_plugins.backbones.vgg:VGG",
            params="stylekit_plugins.backbones.params:VGGParams",
            version=3,
        ),
        BackboneSpec(
            name="vgg19",
            summary="VGG-19 (16 convolutions), the network of Gatys et al. (2016); works offline.",
            layers=layer_names("vgg19"),
            network="vgg19",
            factory="stylekit_plugins.backbones.vgg:VGG",
            params="stylekit_plugins.backbones.params:VGGParams",
            version=3,
        ),
    ]
