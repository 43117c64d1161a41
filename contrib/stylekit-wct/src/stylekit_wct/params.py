"""Parameters of the method, with the reasons for their defaults."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from stylekit import Params

Weight = Annotated[float, Field(ge=0, le=1e9)]


class WctParams(Params):
    """Parameters of `wct`."""

    transform: Literal["wct", "transport", "adain"] = Field(
        "wct",
        description="Transform that gives features the style's statistics: whitening and coloring "
        "(wct, Li et al. 2017, strongest), optimal transport (transport, Lu et al. 2019, closer to "
        "the content), or mean and deviation of each channel (adain, Huang and Belongie 2017, "
        "mildest).",
    )
    strength: float = Field(
        1.0,
        ge=0,
        le=1,
        description="Interpolation from the content's features (0) to the transformed ones (1).",
    )
    layers: dict[str, Weight] = Field(
        {"relu1_1": 1.0, "relu2_1": 1.0, "relu3_1": 1.0, "relu4_1": 1.0},
        description="Layers whose features are transformed, with relative weights.",
    )
    rounds: int = Field(
        4,
        ge=1,
        le=100,
        description="Number of rounds, each of which transforms the features of the image of the "
        "round before: 1 recolors and adds a fine texture, and strokes grow with more.",
    )
    steps: int = Field(
        40, ge=1, le=100_000, description="Optimization steps in all rounds together."
    )
    style_scale: float = Field(
        1.0,
        gt=0,
        le=4,
        description="Size of the style image relative to the result; smaller gives finer patterns.",
    )

    @field_validator("layers")
    @classmethod
    def _some_weight(cls, layers: dict[str, float]) -> dict[str, float]:
        if not sum(layers.values()) > 0:
            raise ValueError("at least one layer needs a weight above 0")
        return layers
