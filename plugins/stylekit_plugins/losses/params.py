"""Parameters of the losses; no torch here, so that a bad value is found at once."""

from __future__ import annotations

from pydantic import Field

from stylekit.params import Params


class WassersteinParams(Params):
    """Parameters of the Wasserstein loss."""

    epsilon: float = Field(
        1e-4,
        gt=0,
        le=1,
        description="Added to each channel's variance, in units of a layer's mean activation "
        "squared: keeps gradients bounded where a channel hardly varies.",
    )
