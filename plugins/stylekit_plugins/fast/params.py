"""Parameters of the method; no torch here, so that bad values are refused quickly."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stylekit.params import Params

MAX_STRENGTH = 1.5
"""The greatest strength that networks are trained for."""


class FastParams(Params):
    """Parameters of `stylekit run --method fast`."""

    strength: float = Field(
        1.0,
        ge=0,
        le=MAX_STRENGTH,
        description="How strong the style is: 0 gives the photograph, 1 the style as it was "
        "trained, more exaggerates it.",
    )
    precision: Literal["exact", "float32", "bfloat16"] = Field(
        "float32",
        description="Number format inside the network; bfloat16 is faster on hardware that "
        "supports it.",
    )
