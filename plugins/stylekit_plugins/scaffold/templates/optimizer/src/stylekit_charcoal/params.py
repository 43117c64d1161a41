"""Parameters of the optimizer."""

from __future__ import annotations

from pydantic import Field
from stylekit import Params


class CharcoalParams(Params):
    """Describe each field with its unit: `stylekit describe` shows it."""

    step: float = Field(
        0.01,
        gt=0,
        le=1,
        description="How far a step changes a value on average, of values in [0, 1].",
    )
    momentum: float = Field(
        0.8, ge=0, lt=1, description="Part of the direction that is kept from step to step."
    )
