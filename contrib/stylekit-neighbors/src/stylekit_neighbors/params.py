"""Parameters of the loss; no torch here, so that a bad value is found at once."""

from __future__ import annotations

from pydantic import Field

from stylekit import Params


class NeighborsParams(Params):
    """Searching neighbors is what the loss costs."""

    samples: int = Field(
        512,
        ge=16,
        le=65536,
        description="Positions of a style, at most, that are searched in each layer, spread evenly "
        "over the picture; time grows with them.",
    )
    moments: float = Field(
        1.0,
        ge=0,
        le=100,
        description="Share of the term that compares means and deviations of the channels: "
        "directions of features say nothing of their strength, hence little of color.",
    )
    memory_mb: int = Field(
        64,
        ge=1,
        le=65536,
        description="Memory for similarities, in MB: more positions are compared in turns.",
    )
