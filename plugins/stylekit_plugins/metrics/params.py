"""Parameters of the evaluators; no torch here, so that a bad value is found at once."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stylekit.params import FileText, Params


class KernelDistanceParams(Params):
    """Parameters of the kernel distance."""

    subsets: int = Field(100, ge=1, le=10_000, description="Random subsets whose mean is taken.")
    subset_size: int = Field(
        50, ge=2, le=10_000, description="Pictures in each; at most as many as there are."
    )
    seed: int = Field(0, ge=0, description="Of the random subsets.")


class StyleDistanceParams(Params):
    """Parameters of the distances from style pictures."""

    network: Literal["vgg19", "vgg16"] = Field(
        "vgg19",
        description="Network whose features are compared. A method that minimizes a loss on the "
        "same network has an advantage.",
    )


class GramDistanceParams(StyleDistanceParams):
    """Parameters of the Gram distance."""

    layers: tuple[str, ...] = Field(
        ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
        min_length=1,
        description="Layers whose Gram matrices are compared; the figure is their mean.",
    )


class SingleFrechetParams(StyleDistanceParams):
    """Parameters of the single-image Frechet distance."""

    layer: str = Field(
        "relu2_2", description="Layer whose positions are the samples; early: fine texture."
    )


class ResNetParams(Params):
    """Parameters of the classifier."""

    preprocessing: Literal["auto", "v1", "v2"] = Field(
        "auto",
        description="Whose recipe of torchvision prepares a picture: v1 resizes to 256, v2 to 232; "
        "auto: that of the weights, v2 for a file of your own.",
    )
    classes: FileText = Field(
        "",
        description="Text file with the classes of a network of your own, one a line, in the order "
        "of its outputs: a name, a WordNet id, or both. Empty: ImageNet's.",
    )
