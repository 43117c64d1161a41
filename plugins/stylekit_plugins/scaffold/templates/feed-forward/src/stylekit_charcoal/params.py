"""Parameters of the method."""

from __future__ import annotations

from pydantic import Field
from stylekit import Params


class CharcoalParams(Params):
    """Describe each field with its unit: `stylekit describe` shows it."""

    strength: float = Field(
        1.0, ge=0, le=1, description="How much of the style's colors; 0 changes nothing."
    )
