"""Parameters of the method."""

from __future__ import annotations

from pydantic import Field
from stylekit import Params


class CharcoalParams(Params):
    """Describe each field with its unit and range: `stylekit describe` shows them."""

    steps: int = Field(60, ge=2, le=100_000, description="Steps of both stages together.")
    style_weight: float = Field(
        30.0, ge=0, le=1e9, description="Weight of the style loss; the content loss has weight 1."
    )
    content_layer: str = Field("relu4_2", description="Layer that content is compared at.")
    style_layers: tuple[str, ...] = Field(
        ("relu1_1", "relu2_1", "relu3_1", "relu4_1"),
        min_length=1,
        description="Layers that style is compared at, with equal weights.",
    )
