"""Parameters of the loss; no torch here, so that bad values are refused quickly."""

from __future__ import annotations

from pydantic import Field

from stylekit import Params


class NeighborsParams(Params):
    """Parameters of `neighbors`; the search for neighbors takes most of its time."""

    samples: int = Field(
        512,
        ge=16,
        le=65536,
        description="Most positions of a style that are searched in each layer, spread evenly over "
        "the image; time grows with their number.",
    )
    moments: float = Field(
        1.0,
        ge=0,
        le=100,
        description="Weight of the term that compares mean and deviation of each channel, because "
        "directions of features contain little color.",
    )
    memory_mb: int = Field(
        64,
        ge=1,
        le=65536,
        description="Memory for similarities in MB; more positions are compared in several turns.",
    )
