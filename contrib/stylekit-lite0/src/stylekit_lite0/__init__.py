"""A plugin of stylekit: EfficientNet-Lite0 as a backbone, and a style distance on it."""

from __future__ import annotations

import stylekit
from stylekit.specs import BackboneSpec, MetricSpec, WeightsSpec
from stylekit.weights import Online, UserFile
from stylekit_lite0.layers import AS_IN_VGG, LAYERS

STYLEKIT_API = 1

NETWORK = "efficientnet-lite0"
"""stylekit itself has weights of it, for its classifier; they work here as well."""


@stylekit.hookimpl
def register_backbones() -> list[BackboneSpec]:
    """Register the backbone."""
    return [
        BackboneSpec(
            name="lite0",
            summary="EfficientNet-Lite0 (19 MB of weights): fine strokes, much of the content.",
            layers=(*LAYERS, *AS_IN_VGG),
            network=NETWORK,
            factory="stylekit_lite0.backbone:Lite0Backbone",
            params="stylekit_lite0.params:Lite0Params",
        )
    ]


@stylekit.hookimpl
def register_metrics() -> list[MetricSpec]:
    """Register the style distance."""
    return [
        MetricSpec(
            name="style-lite0",
            summary="Distance of Gram matrices from the style's, on EfficientNet-Lite0.",
            networks=(NETWORK,),
            higher_is_better=False,
            unit="of the style's own norm",
            factory="stylekit_lite0.style_distance:StyleDistance",
            params="stylekit_lite0.params:Lite0Params",
        )
    ]


@stylekit.hookimpl
def register_weights() -> list[WeightsSpec]:
    """Register timm's file, and files of users."""
    return [
        WeightsSpec(
            name="efficientnet-lite0-timm",
            network=NETWORK,
            summary="timm's tf_efficientnet_lite0, converted from the same training.",
            source=Online(
                url="https://github.com/rwightman/pytorch-image-models/releases/download/"
                "v0.1-weights/tf_efficientnet_lite0-0aa007d2.pth"
            ),
            sha256="0aa007d2",
            license="Apache-2.0",
            authors="the authors of EfficientNet-Lite, Google",
            url="https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite",
            changes="converted for PyTorch by R. Wightman",
            size_mb=19,
            factory="stylekit_lite0.weights:Lite0Weights",
        ),
        WeightsSpec(
            name="efficientnet-lite0-file",
            network=NETWORK,
            summary="Your own state dict, with timm's or the usual names (--weights PATH).",
            source=UserFile(suffixes=(".pth", ".pt", ".safetensors")),
            license="yours",
            factory="stylekit_lite0.weights:Lite0Weights",
        ),
    ]
