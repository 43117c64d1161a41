"""Parameters of the backbones; no torch here, so that a bad value is found at once."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from stylekit.params import Params


class VGGParams(Params):
    """Parameters of both networks."""

    pooling: Literal["max", "average"] = Field(
        "max",
        description="How blocks are shrunk to half their sides. max: squares of 2x2 become their "
        "maximum, as the networks were trained; average (or avg): their mean, which Gatys et al. "
        "(2016) found slightly more appealing and used for their pictures.",
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto",
        description="Number format inside the network. bfloat16 has 8 significant bits and is "
        "several times faster on GPUs (NVIDIA Ampere) and CPUs (Intel AMX) made for it; auto: "
        "bfloat16 there, float32 elsewhere. The picture, features and losses are float32 in any "
        "case.",
    )

    @field_validator("pooling", mode="before")
    @classmethod
    def _short_name(cls, value: Any) -> Any:
        return "average" if value == "avg" else value
