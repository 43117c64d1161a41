"""Parameters of the loss."""

from __future__ import annotations

from pydantic import Field
from stylekit import Params


class CharcoalParams(Params):
    """Describe each field with its unit: `stylekit describe` shows it."""

    spread: float = Field(
        1.0,
        ge=0,
        le=100,
        description="Weight of the standard deviations; that of the means is 1.",
    )
