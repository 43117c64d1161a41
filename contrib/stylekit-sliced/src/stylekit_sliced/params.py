"""Parameters of the loss, with the reasons for their defaults."""

from __future__ import annotations

from pydantic import Field

from stylekit import Params


class SlicedWassersteinParams(Params):
    """Sorting `projections` lists of one value a position is what the loss costs."""

    projections: float = Field(
        0.5,
        gt=0,
        le=16,
        description="Random directions for each channel of a layer: 1 is the paper's number and "
        "takes twice the time and memory of 0.5.",
    )
    quantiles: int = Field(
        256,
        ge=2,
        le=65536,
        description="Values that each sorted list is averaged to, so that pictures of different "
        "sizes compare.",
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Seed of the directions.")
