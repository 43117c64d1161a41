"""Parameters of the loss, with the reasons for their defaults."""

from __future__ import annotations

from pydantic import Field

from stylekit import Params


class SlicedWassersteinParams(Params):
    """Parameters of `sliced-wasserstein`; sorting takes most of its time."""

    projections: float = Field(
        0.5,
        gt=0,
        le=16,
        description="Number of random directions for each channel of a layer; 1 is the paper's and "
        "takes twice the time and memory of 0.5.",
    )
    quantiles: int = Field(
        256,
        ge=2,
        le=65536,
        description="Number of values to which each sorted list is averaged, so that images of "
        "different sizes can be compared.",
    )
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Seed of the random directions.")
