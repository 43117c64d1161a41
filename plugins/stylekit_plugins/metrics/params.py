"""Parameters of metrics and classifiers; without torch, so that bad values fail fast."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stylekit.params import FileText, Params


class KernelDistanceParams(Params):
    """Parameters of the kernel distance."""

    subsets: int = Field(100, ge=1, le=10_000, description="Random subsets to average over.")
    subset_size: int = Field(
        50, ge=2, le=10_000, description="Images in each subset, at most all of them."
    )
    seed: int = Field(0, ge=0, description="Seed of the random subsets.")


class StyleDistanceParams(Params):
    """Parameters of the distances from style images."""

    network: Literal["vgg19", "vgg16"] = Field(
        "vgg19",
        description="Network whose features are compared. Methods that minimize a loss on the same "
        "network have an advantage.",
    )


class GramDistanceParams(StyleDistanceParams):
    """Parameters of the Gram distance."""

    layers: tuple[str, ...] = Field(
        ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
        min_length=1,
        description="Layers whose Gram matrices are compared; the score is their mean distance.",
    )


class SingleFrechetParams(StyleDistanceParams):
    """Parameters of the single-image Frechet distance."""

    layer: str = Field(
        "relu2_2",
        description="Layer whose positions are the samples; early layers show fine texture.",
    )


class ResNetParams(Params):
    """Parameters of the ResNet classifier."""

    preprocessing: Literal["auto", "v1", "v2"] = Field(
        "auto",
        description="torchvision's preprocessing of images: v1 resizes to 256 px, v2 to 232; auto: "
        "that of the weights, v2 for your own file.",
    )
    classes: FileText = Field(
        "",
        description="Text file with the classes of your own network, one a line, in the order of "
        "its outputs: a name, a WordNet id, or both; empty: ImageNet's classes.",
    )
