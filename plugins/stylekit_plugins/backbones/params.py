"""Parameters of the backbones. They import no torch, so that a bad value is refused at once."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from stylekit.params import Params


class VGGParams(Params):
    """Parameters of both networks."""

    pooling: Literal["max", "average"] = Field(
        "max",
        description="How each block halves its resolution. max: the maximum of each 2x2 square, as "
        "the networks were trained; average (or avg): its mean, which Gatys et al. (2016) found "
        "slightly more appealing and used for their images.",
    )
    precision: Literal["auto", "exact", "float32", "bfloat16"] = Field(
        "auto",
        description="Number format inside the network. bfloat16 has 8 significant bits and is "
        "several times faster on GPUs (NVIDIA Ampere) and CPUs (Intel AMX) that support it; auto: "
        "bfloat16 there, float32 elsewhere. On CPUs without AMX float32 convolves by Winograd's "
        "algorithm, whose rounding differs by about 1e-5; exact: float32, always directly. Images, "
        "features and losses are always float32.",
    )

    @field_validator("pooling", mode="before")
    @classmethod
    def _short_name(cls, value: Any) -> Any:
        return "average" if value == "avg" else value
