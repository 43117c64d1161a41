"""Parameters of the losses; no torch here, so that bad values are refused quickly."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stylekit.params import Params


class GramParams(Params):
    """Parameters of the Gram loss."""

    precision: Literal["auto", "exact", "float32", "bfloat16"] = Field(
        "auto",
        description="Number format of the factors in the Gram matrix (sums are float32): bfloat16 "
        "rounds features to 8 significant bits, which changes nothing if the backbone computes in "
        "bfloat16; auto uses it on CPUs that multiply it faster (Intel AMX).",
    )


class WassersteinParams(Params):
    """Parameters of the Wasserstein loss."""

    epsilon: float = Field(
        1e-4,
        gt=0,
        le=1,
        description="Constant added to each channel's variance, in units of a layer's squared mean "
        "activation; it bounds gradients where a channel hardly varies.",
    )
