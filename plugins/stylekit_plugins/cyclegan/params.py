"""Parameters of translation and training; no torch here, so that bad values are refused quickly."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stylekit.params import Params


class CycleGANParams(Params):
    """Parameters of `stylekit run --method cyclegan`."""

    direction: Literal["a2b", "b2a"] = Field(
        "a2b",
        description="Generator to use of a file that holds both: from domain A to B (a2b) or from "
        "B to A (b2a).",
    )
    precision: Literal["exact", "float32", "bfloat16"] = Field(
        "float32",
        description="Number format inside the generator; bfloat16 is several times faster on "
        "hardware that supports it, and may show faint steps in smooth skies.",
    )


class TrainingParams(Params):
    """Parameters of `stylekit train --method cyclegan`; defaults are those of the authors' code."""

    base_channels: int = Field(
        64, ge=4, le=256, description="Channels of the first layer of each network."
    )
    blocks: Literal[6, 9] = Field(
        9, description="Residual blocks of the generators: 9 for 256 px and more, 6 for 128 px."
    )
    upsample: Literal["transposed", "nearest", "bilinear"] = Field(
        "transposed",
        description="Upsampling of the generators: transposed convolutions as published, or "
        "nearest or bilinear resizing before a convolution, which leaves no checkerboard.",
    )
    dropout: bool = Field(
        False, description="Whether residual blocks drop half of their values in training."
    )
    init_gain: float = Field(
        0.02, gt=0, le=1, description="Standard deviation of the random initial weights."
    )
    size: int = Field(
        256,
        ge=64,
        le=2048,
        multiple_of=4,
        description="Side of the square training crops in pixels.",
    )
    load_scale: float = Field(
        286 / 256,
        ge=1,
        le=8,
        description="Short side of an image before it is cropped, relative to the crop: 1.117 "
        "shows nearly all of it, 4 a detail.",
    )
    flip: bool = Field(True, description="Whether half of the images are mirrored.")
    batch: int = Field(1, ge=1, le=256, description="Pairs of images in each step.")
    lr: float = Field(2e-4, gt=0, le=1, description="Step size of Adam.")
    beta1: float = Field(0.5, ge=0, lt=1, description="Decay of Adam's mean gradient.")
    decay_epochs: int | None = Field(
        None,
        ge=0,
        description="Number of last epochs in which the step size falls linearly to 0; by default "
        "half of all.",
    )
    cycle_weight_a: float = Field(
        10.0, ge=0, le=1e6, description="Weight of the cycle loss |F(G(a)) - a|."
    )
    cycle_weight_b: float = Field(
        10.0, ge=0, le=1e6, description="Weight of the cycle loss |G(F(b)) - b|."
    )
    identity_weight: float = Field(
        0.5,
        ge=0,
        le=1e6,
        description="Weight of the identity losses |G(b) - b| and |F(a) - a| relative to the cycle "
        "losses; it keeps colors.",
    )
    background_weight: float = Field(
        10.0,
        ge=0,
        le=1e6,
        description="Weight of changes outside the masks, if there are masks.",
    )
    pool_size: int = Field(
        50,
        ge=0,
        le=10_000,
        description="Old translations that the discriminators also see; 0: none.",
    )
    gradient_checkpointing: bool = Field(
        False,
        description="Whether residual blocks are computed twice to save memory, in a third more "
        "time.",
    )
    precision: Literal["exact", "float32", "bfloat16"] = Field(
        "float32",
        description="Number format inside the networks; bfloat16 is faster on hardware that "
        "supports it, but some trainings collapse to copying; normalization, losses and weights "
        "stay float32.",
    )
