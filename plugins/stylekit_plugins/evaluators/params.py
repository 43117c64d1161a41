"""Parameters of the evaluators; no torch here, so that a bad value is found at once."""

from __future__ import annotations

from pydantic import Field

from stylekit.params import Params


class KernelDistanceParams(Params):
    """Parameters of the kernel distance."""

    subsets: int = Field(100, ge=1, le=10_000, description="Random subsets whose mean is taken.")
    subset_size: int = Field(
        50, ge=2, le=10_000, description="Pictures in each; at most as many as there are."
    )
    seed: int = Field(0, ge=0, description="Of the random subsets.")
