"""Parameters of the method, with the reasons for their defaults."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from stylekit.params import Params

Weight = Annotated[float, Field(ge=0, le=1e9)]


class GatysParams(Params):
    """All weights are on features of unit mean activation, alike for every size and network."""

    content_weight: float = Field(1.0, ge=0, le=1e9, description="Weight of the content loss.")
    style_weight: float = Field(
        30.0,
        ge=0,
        le=1e9,
        description="Weight of the style loss: 10 is a touch, 30 keeps a face and paints the rest, "
        "100 is strong, 1000 loses a portrait.",
    )
    tv_weight: float = Field(
        0.0, ge=0, le=1e9, description="Weight of the image loss; total variation removes grain."
    )
    content_layers: dict[str, Weight] = Field(
        {"relu4_2": 1.0},
        description="Layers that content is compared at, with weights (their sum counts as 1).",
    )
    style_layers: dict[str, Weight] = Field(
        {"relu1_1": 1.0, "relu2_1": 0.8, "relu3_1": 0.6, "relu4_1": 0.4, "relu5_1": 0.2},
        description="Layers that style is compared at, with weights (their sum counts as 1), by "
        "default decreasing from low (colour, grain) to high (shapes).",
    )
    init: str = Field(
        "mixup",
        description="First picture: mixup (the style's low-level features with the content's "
        "high-level features), content, style, noise, or the path of a picture.",
    )
    steps: int = Field(
        100, ge=1, le=100_000, description="Steps in all, over all scales, the mixup included."
    )
    mixup_steps: int = Field(
        20, ge=1, le=10_000, description="Steps that make the mixup; at most half of all steps."
    )
    mixup_style_layers: tuple[str, ...] = Field(
        ("relu1_1", "relu2_1"), description="Low layers whose style the mixup has."
    )
    coarsest: int = Field(
        192,
        ge=32,
        le=65536,
        description="Least long side of the first scale in pixels; each further scale doubles it. "
        "A larger value than the result's size: one scale only.",
    )
    style_scale: float = Field(
        1.0,
        gt=0,
        le=4,
        description="Size of the style picture relative to the result: smaller "
        "makes finer strokes.",
    )

    @field_validator("content_layers", "style_layers")
    @classmethod
    def _some_weight(cls, layers: dict[str, float]) -> dict[str, float]:
        if not sum(layers.values()) > 0:
            raise ValueError("at least one layer needs a weight above 0")
        return layers
