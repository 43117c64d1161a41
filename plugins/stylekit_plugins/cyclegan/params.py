"""Parameters of translation and training; no torch here, so that a bad value is found at once."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stylekit.params import Params


class CycleGANParams(Params):
    """Parameters of `stylekit run --method cyclegan`."""

    direction: Literal["a2b", "b2a"] = Field(
        "a2b",
        description="Which generator of a file that holds both is taken: from domain A to B, or "
        "back.",
    )
    precision: Literal["float32", "bfloat16"] = Field(
        "float32",
        description="Number format inside the generator. bfloat16 is several times faster on "
        "hardware made for it, and may show faint steps in smooth skies.",
    )


class TrainingParams(Params):
    """Parameters of `stylekit train --method cyclegan`; defaults are those of the authors' code."""

    base_channels: int = Field(
        64, ge=4, le=256, description="Channels of the networks' first layers."
    )
    blocks: Literal[6, 9] = Field(
        9, description="Residual blocks of the generators: 9 for 256 px and more, 6 for 128 px."
    )
    upsample: Literal["transposed", "nearest", "bilinear"] = Field(
        "transposed",
        description="How generators enlarge: transposed convolutions as published, or enlarging "
        "and a plain convolution, which leaves no checkerboard.",
    )
    dropout: bool = Field(False, description="Drop half the values inside the residual blocks.")
    init_gain: float = Field(
        0.02, gt=0, le=1, description="Standard deviation of the first random weights."
    )
    size: int = Field(
        256,
        ge=64,
        le=2048,
        multiple_of=4,
        description="Side in pixels of the square crops that are trained on.",
    )
    load_scale: float = Field(
        286 / 256,
        ge=1,
        le=8,
        description="Short side of a picture, relative to the crop, before it is cropped: 1.117 "
        "sees nearly all of it, 4 a detail.",
    )
    flip: bool = Field(True, description="Mirror half the pictures.")
    batch: int = Field(1, ge=1, le=256, description="Pairs of pictures in each step.")
    lr: float = Field(2e-4, gt=0, le=1, description="Step size of Adam.")
    beta1: float = Field(0.5, ge=0, lt=1, description="Decay of Adam's mean gradient.")
    decay_epochs: int | None = Field(
        None,
        ge=0,
        description="Last epochs, over which the step size falls linearly to 0; by default half "
        "of all.",
    )
    cycle_weight_a: float = Field(10.0, description="Weight of |F(G(a)) - a|.", ge=0, le=1e6)
    cycle_weight_b: float = Field(10.0, description="Weight of |G(F(b)) - b|.", ge=0, le=1e6)
    identity_weight: float = Field(
        0.5,
        ge=0,
        le=1e6,
        description="Weight of |G(b) - b| and |F(a) - a| relative to the cycles: keeps colors.",
    )
    background_weight: float = Field(
        10.0,
        ge=0,
        le=1e6,
        description="With masks: weight of what a generator changes outside of them.",
    )
    pool_size: int = Field(
        50, ge=0, le=10_000, description="Old translations that discriminators are shown, too."
    )
    gradient_checkpointing: bool = Field(
        False, description="Compute insides of residual blocks twice, to save memory."
    )
    precision: Literal["float32", "bfloat16"] = Field(
        "float32",
        description="Number format inside the networks. bfloat16 is faster on hardware made for "
        "it; some trainings have collapsed to copying in 16 bits. Normalization, losses and "
        "weights stay float32.",
    )
