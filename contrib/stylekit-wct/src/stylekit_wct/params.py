"""Parameters of the method, with the reasons for their defaults."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from stylekit import Params

Weight = Annotated[float, Field(ge=0, le=1e9)]


class WctParams(Params):
    """What can be set."""

    transform: Literal["wct", "transport", "adain"] = Field(
        "wct",
        description="How features get the style's statistics. wct: whitening and coloring (Li et "
        "al. 2017), strongest; transport: the linear map that moves them least (Lu et al. 2019), "
        "closer to the content; adain: mean and deviation of each channel alone (Huang and "
        "Belongie 2017), mildest.",
    )
    strength: float = Field(
        1.0,
        ge=0,
        le=1,
        description="From the content's own features (0) to the changed ones (1).",
    )
    layers: dict[str, Weight] = Field(
        {"relu1_1": 1.0, "relu2_1": 1.0, "relu3_1": 1.0, "relu4_1": 1.0},
        description="Layers whose features are changed, with weights (their sum counts as 1).",
    )
    rounds: int = Field(
        4,
        ge=1,
        le=100,
        description="How often features are changed: each round begins with those of the picture "
        "that the one before found. One round recolors and adds a fine texture; strokes grow "
        "with more.",
    )
    steps: int = Field(
        40, ge=1, le=100_000, description="Steps of the search for the picture, in all rounds."
    )
    style_scale: float = Field(
        1.0,
        gt=0,
        le=4,
        description="Size of the style picture relative to the result: smaller makes finer "
        "patterns.",
    )

    @field_validator("layers")
    @classmethod
    def _some_weight(cls, layers: dict[str, float]) -> dict[str, float]:
        if not sum(layers.values()) > 0:
            raise ValueError("at least one layer needs a weight above 0")
        return layers
