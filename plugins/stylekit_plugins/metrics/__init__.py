"""Measures of results, and classifiers of pictures."""

from __future__ import annotations

import stylekit
from stylekit.specs import ClassifierSpec, MetricSpec

STYLEKIT_API = 1

_HERE = "stylekit_plugins.metrics"


@stylekit.hookimpl
def register_metrics() -> list[MetricSpec]:
    """Register metrics of sets, and of single results against their style or content."""
    return [*_set_metrics(), *_style_metrics(), *_content_metrics()]


def _set_metrics() -> list[MetricSpec]:
    return [
        MetricSpec(
            name="kid",
            summary="Kernel distance of results and style pictures on VGG-19; small sets are fine.",
            scope="set",
            networks=("vgg19",),
            higher_is_better=False,
            unit="squared MMD, 1e-3",
            factory=f"{_HERE}.kid:KernelDistance",
            params=f"{_HERE}.params:KernelDistanceParams",
        ),
        MetricSpec(
            name="fid",
            summary="Frechet distance of results and style pictures on VGG-19; needs many.",
            scope="set",
            networks=("vgg19",),
            higher_is_better=False,
            unit="squared distance of Gaussians",
            factory=f"{_HERE}.fid:FrechetDistance",
        ),
        MetricSpec(
            name="artfid",
            summary="ArtFID: LPIPS to the contents and FID to the styles, on AlexNet and VGG-19.",
            scope="set",
            networks=("alexnet", "vgg19"),
            higher_is_better=False,
            factory=f"{_HERE}.artfid:ArtFid",
        ),
    ]


def _style_metrics() -> list[MetricSpec]:
    return [
        MetricSpec(
            name="style",
            summary="Distance of Gram matrices from the style's, layer by layer, on a VGG.",
            networks=("vgg19",),
            higher_is_better=False,
            unit="of the style's own norm",
            factory=f"{_HERE}.style_distance:GramDistance",
            params=f"{_HERE}.params:GramDistanceParams",
        ),
        MetricSpec(
            name="sifid",
            summary="Frechet distance of features at all positions from the style's, on a VGG.",
            networks=("vgg19",),
            higher_is_better=False,
            unit="squared distance of Gaussians",
            factory=f"{_HERE}.style_distance:SingleFrechet",
            params=f"{_HERE}.params:SingleFrechetParams",
        ),
    ]


def _content_metrics() -> list[MetricSpec]:
    return [
        MetricSpec(
            name="lpips",
            summary="Perceptual distance from the content, on AlexNet.",
            networks=("alexnet",),
            higher_is_better=False,
            styles=False,
            factory=f"{_HERE}.perceptual:Lpips",
        ),
        MetricSpec(
            name="dists",
            summary="Distance of structure and texture from the content, on VGG-16.",
            networks=("vgg16-torchvision",),
            higher_is_better=False,
            styles=False,
            factory=f"{_HERE}.perceptual:Dists",
        ),
        MetricSpec(
            name="ssim",
            summary="Structural similarity to the content; needs no network.",
            styles=False,
            factory=f"{_HERE}.perceptual:Ssim",
        ),
    ]


@stylekit.hookimpl
def register_classifiers() -> list[ClassifierSpec]:
    """Register the classifiers that experiments can use."""
    return [
        ClassifierSpec(
            name="resnet50",
            summary="ImageNet's classes by ResNet-50, or the classes of a network of your own.",
            networks=("resnet50",),
            factory=f"{_HERE}.classifiers.resnet:ResNetClassifier",
            params=f"{_HERE}.params:ResNetParams",
        ),
        ClassifierSpec(
            name="efficientnet-lite0",
            summary="ImageNet's classes by EfficientNet-Lite0, whose weights come in a package.",
            networks=("efficientnet-lite0",),
            factory=f"{_HERE}.classifiers.efficientnet:EfficientNetClassifier",
        ),
    ]
