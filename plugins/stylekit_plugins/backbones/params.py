"""Parameters of the backbones; no torch here, so that a bad value is found at once."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stylekit.params import Params


class VGGParams(Params):
    """Parameters of both networks."""

    pooling: Literal["max", "avg"] = Field(
        "max",
        description="max, as trained and as in the authors' code; avg, as in the paper: smoother.",
    )
