"""Parameters of the blend."""

from __future__ import annotations

from pydantic import Field
from stylekit import Params


class CharcoalParams(Params):
    """Describe each field with its unit: `stylekit describe` shows it."""

    grain: int = Field(1, ge=1, le=64, description="Size of a grain in pixels.")
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Seed of the grain.")
