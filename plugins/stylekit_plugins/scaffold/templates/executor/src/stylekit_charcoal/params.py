"""Parameters of the executor."""

from __future__ import annotations

from pydantic import Field
from stylekit import Params


class CharcoalParams(Params):
    """Describe each field with its unit: `stylekit describe` shows it."""

    seed: int = Field(0, ge=0, le=2**31 - 1, description="Seed of the order.")
    executor: str = Field("local", description="What does the work.")
