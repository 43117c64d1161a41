"""Metrics of style and content, and ImageNet classifiers."""

from __future__ import annotations

import stylekit
from stylekit.specs import ClassifierSpec, MetricSpec

STYLEKIT_API = 1

_HERE = "stylekit_plugins.metrics"

_EXTRA, _MODULES = "evaluation", ("torchmetrics", "torchvision")


@stylekit.hookimpl
def register_metrics() -> list[MetricSpec]:
    """Register metrics of sets, and of single results against their style or content."""
    return [*_set_metrics(), *_style_metrics(), *_content_metrics()]


def _set_metrics() -> list[MetricSpec]:
    return [
        MetricSpec(
            name="kid",
            summary="Kernel distance of results and style images on VGG-19; works for small sets.",
            scope="set",
            networks=("vgg19",),
            higher_is_better=False,
            unit="squared MMD, 1e-3",
            factory=f"{_HERE}.kid:KernelDistance",
            params=f"{_HERE}.params:KernelDistanceParams",
            extra=_EXTRA,
            modules=_MODULES,
        ),
        MetricSpec(
            name="fid",
            summary="Frechet distance of results and style images on VGG-19; needs large sets.",
            scope="set",
            networks=("vgg19",),
            higher_is_better=False,
            unit="squared distance of Gaussians",
            factory=f"{_HERE}.fid:FrechetDistance",
            extra=_EXTRA,
            modules=_MODULES,
        ),
        MetricSpec(
            name="artfid",
            summary="ArtFID: LPIPS to the contents times FID to the styles, on AlexNet and VGG-19.",
            scope="set",
            networks=("alexnet", "vgg19"),
            higher_is_better=False,
            factory=f"{_HERE}.artfid:ArtFid",
            extra=_EXTRA,
            modules=_MODULES,
        ),
    ]


def _style_metrics() -> list[MetricSpec]:
    return [
        MetricSpec(
            name="style",
            summary="Distance between the Gram matrices of result and style on a VGG.",
            networks=("vgg19",),
            higher_is_better=False,
            unit="relative to the style's norm",
            factory=f"{_HERE}.style_distance:GramDistance",
            params=f"{_HERE}.params:GramDistanceParams",
            extra=_EXTRA,
            modules=_MODULES,
        ),
        MetricSpec(
            name="sifid",
            summary="Frechet distance of the VGG features of result and style over all positions.",
            networks=("vgg19",),
            higher_is_better=False,
            unit="squared distance of Gaussians",
            factory=f"{_HERE}.style_distance:SingleFrechet",
            params=f"{_HERE}.params:SingleFrechetParams",
            extra=_EXTRA,
            modules=_MODULES,
        ),
    ]


def _content_metrics() -> list[MetricSpec]:
    return [
        MetricSpec(
            name="lpips",
            summary="LPIPS: perceptual distance from the content, on AlexNet.",
            networks=("alexnet",),
            higher_is_better=False,
            styles=False,
            factory=f"{_HERE}.perceptual:Lpips",
            extra=_EXTRA,
            modules=_MODULES,
        ),
        MetricSpec(
            name="dists",
            summary="DISTS: distance from the content in structure and texture, on VGG-16.",
            networks=("vgg16-torchvision",),
            higher_is_better=False,
            styles=False,
            factory=f"{_HERE}.perceptual:Dists",
            extra=_EXTRA,
            modules=_MODULES,
        ),
        MetricSpec(
            name="ssim",
            summary="SSIM: structural similarity to the content; needs no network.",
            styles=False,
            factory=f"{_HERE}.perceptual:Ssim",
            extra=_EXTRA,
            modules=_MODULES,
        ),
    ]


@stylekit.hookimpl
def register_classifiers() -> list[ClassifierSpec]:
    """Register the classifiers that experiments can use."""
    return [
        ClassifierSpec(
            name="resnet50",
            summary="ResNet-50 with ImageNet's classes, or with your own weights and classes.",
            networks=("resnet50",),
            factory=f"{_HERE}.classifiers.resnet:ResNetClassifier",
            params=f"{_HERE}.params:ResNetParams",
            extra=_EXTRA,
            modules=_MODULES,
        ),
        ClassifierSpec(
            name="efficientnet-lite0",
            summary="EfficientNet-Lite0 with ImageNet's classes; its weights install offline.",
            networks=("efficientnet-lite0",),
            factory=f"{_HERE}.classifiers.efficientnet:EfficientNetClassifier",
            extra=_EXTRA,
            modules=_MODULES,
        ),
    ]
