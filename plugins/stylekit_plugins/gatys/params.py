"""Parameters of the method, with the reasons for their defaults."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from stylekit.params import FileText, Params

STEPS = {"draft": 20, "normal": 100, "high": 300}
"""Steps of each quality."""

Weight = Annotated[float, Field(ge=0, le=1e9)]


class GatysParams(Params):
    """All weights are on features of unit mean activation, alike for every size and network."""

    content_weight: float = Field(1.0, ge=0, le=1e9, description="Weight of the content loss.")
    style_weight: float = Field(
        30.0,
        ge=0,
        le=1e9,
        description="Weight of the style loss: 10 is a touch of style, 30 keeps a face and paints "
        "the rest, 100 is strong, 1000 loses a portrait.",
    )
    tv_weight: float = Field(
        0.0,
        ge=0,
        le=1e9,
        description="Weight of the image loss; total variation removes grain at 10 or more.",
    )
    content_layers: dict[str, Weight] = Field(
        {"relu4_2": 1.0},
        description="Layers at which content is compared, with relative weights.",
    )
    style_layers: dict[str, Weight] = Field(
        {"relu1_1": 1.0, "relu2_1": 0.8, "relu3_1": 0.6, "relu4_1": 0.4, "relu5_1": 0.2},
        description="Layers at which style is compared, with relative weights; by default they "
        "decrease from low layers (color, grain) to high ones (shapes).",
    )
    init: FileText = Field(
        "mixup",
        description="Initial image: mixup (low-level features of the style with high-level "
        "features of the content), content, style, noise, the name of another method (arbitrary), "
        "or the path of an image.",
    )
    quality: Literal["draft", "normal", "high"] = Field(
        "normal", description="Time to spend: sets `steps` to 20, 100 or 300."
    )
    steps: int = Field(
        100,
        ge=1,
        le=100_000,
        description="Steps over all scales together, the mixup included; overrides `quality`.",
    )
    min_improvement: float = Field(
        0.001,
        ge=0,
        lt=1,
        description="A scale ends early when ten steps lower its loss by less than this fraction; "
        "0: never.",
    )
    ema_decay: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Decay of an exponential moving average of the steps' images, which is then "
        "the result (0.99 removes the grain of Adam); 0: the image with the lowest loss is the "
        "result.",
    )
    color: Literal["keep-style", "luminance", "covariance", "histogram"] = Field(
        "keep-style",
        description="Colors of the result: the painting's (keep-style), or the photograph's by "
        "transferring brightness alone (luminance) or by recoloring the painting (covariance, "
        "histogram).",
    )
    mixup_steps: int = Field(
        20, ge=1, le=10_000, description="Steps of the mixup, at most half of all steps."
    )
    mixup_style_layers: tuple[str, ...] = Field(
        ("relu1_1", "relu2_1"), description="Low layers at which the mixup compares style."
    )
    min_size: int = Field(
        192,
        ge=32,
        le=65536,
        description="Least long side of the coarsest scale in pixels; each further scale doubles "
        "it, and a value above the size of the result means a single scale.",
    )
    balance_layers: bool = Field(
        False,
        description="Whether the style loss of each layer is divided by that of an image without "
        "features, so that no layer rules the others.",
    )
    style_scale: float = Field(
        1.0,
        gt=0,
        le=4,
        description="Size of the style image relative to the result; smaller gives finer strokes.",
    )

    @model_validator(mode="before")
    @classmethod
    def _steps_of_quality(cls, values: Any) -> Any:
        if isinstance(values, dict) and "steps" not in values:
            quality = values.get("quality", "normal")
            steps = STEPS.get(quality) if isinstance(quality, str) else None
            return values if steps is None else {**values, "steps": steps}
        return values

    @field_validator("content_layers", "style_layers")
    @classmethod
    def _some_weight(cls, layers: dict[str, float]) -> dict[str, float]:
        if not sum(layers.values()) > 0:
            raise ValueError("at least one layer needs a weight above 0")
        return layers
