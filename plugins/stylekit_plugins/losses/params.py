"""Parameters of the losses; no torch here, so that a bad value is found at once."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stylekit.params import Params


class GramParams(Params):
    """Parameters of the Gram loss."""

    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="Number format of the factors of the large products; sums are float32. "
        "bfloat16 rounds features to 8 significant bits, which changes nothing if the backbone "
        "computed in it; auto: where CPUs multiply it faster (Intel AMX).",
    )


class WassersteinParams(Params):
    """Parameters of the Wasserstein loss."""

    epsilon: float = Field(
        1e-4,
        gt=0,
        le=1,
        description="Added to each channel's variance, in units of a layer's mean activation "
        "squared: keeps gradients bounded where a channel hardly varies.",
    )
