"""Parameters of the training; no torch here, so that bad values are refused quickly."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stylekit.params import Params


class FastTrainingParams(Params):
    """Parameters of `stylekit train --method fast`."""

    body: Literal["arbitrary", "transformer"] = Field(
        "arbitrary",
        description="Layers of the network: those of the arbitrary-style network, which the "
        "training starts from, or those of TransformerNet of pytorch/examples, which first learns "
        "what that network does.",
    )
    width: int = Field(
        16,
        ge=4,
        le=256,
        description="Channels of the first layer of a TransformerNet; the published ones have 32.",
    )
    imitation: float = Field(
        0.3,
        ge=0,
        lt=1,
        description="First part of the training in which a TransformerNet learns the results of "
        "the arbitrary-style network, in cheap steps.",
    )
    size: int = Field(
        256,
        ge=64,
        le=2048,
        multiple_of=4,
        description="Side in pixels of the crops of most of the training; the first part uses "
        "half of it, the last part half more.",
    )
    batch: int = Field(1, ge=1, le=256, description="Crops in each step.")
    style_size: int = Field(
        448,
        ge=32,
        le=8192,
        description="Long side of the style image in pixels while it is learned, so the size of "
        "its strokes: more gives larger strokes. Best is the size of the images to paint.",
    )
    half_size_part: float = Field(
        0.25, ge=0, lt=1, description="First part of the training, with crops of half the size."
    )
    large_size_part: float = Field(
        0.2, ge=0, lt=1, description="Last part of the training, with crops half larger."
    )
    crops: int = Field(
        64,
        ge=1,
        le=65536,
        description="Crops that are kept with their features and take turns.",
    )
    visits: int = Field(
        8,
        ge=1,
        le=1_000_000,
        description="Times that a crop is used before another replaces it.",
    )
    least_crop: float = Field(
        0.5,
        gt=0,
        le=1,
        description="Least side of a crop in the photograph, relative to its short side.",
    )
    dial: float = Field(
        0.3,
        ge=0,
        le=1,
        description="Part of the crops that are learned at another strength than 1: half of them "
        "at random ones below it, half at 1.5.",
    )
    content_error: float = Field(
        1.0,
        ge=0,
        le=10,
        description="Content error that the network may have, relative to that of the "
        "arbitrary-style network: more gives more of the painting and less of the photograph. The "
        "weights of style and palette follow it. 0: they stay as they are set.",
    )
    palette_weight: float = Field(
        300.0,
        ge=0,
        le=1e6,
        description="Weight of the distance between the colors of the result and those of the "
        "painting. 0: off.",
    )
    temporal_weight: float = Field(
        250.0,
        ge=0,
        le=1e6,
        description="Weight of what keeps videos steady: noise and small warps of the photograph "
        "must give the same painting, warped alike. In the first half of the training a fourth of "
        "it counts. 0: off.",
    )
    noise: float = Field(
        0.03,
        ge=0,
        le=0.5,
        description="Greatest standard deviation of that noise, for values in [0, 1].",
    )
    lr: float = Field(1e-3, gt=0, le=1, description="Step size of Adam for the convolutions.")
    lr_norms: float = Field(
        3e-3, gt=0, le=1, description="Step size of Adam for scales and shifts of normalizations."
    )
    beta2: float = Field(0.99, gt=0, lt=1, description="Decay of Adam's mean squared gradient.")
    warm_up: float = Field(
        0.05,
        ge=0,
        lt=1,
        description="First part of the training, in which only scales and shifts are learned.",
    )
    last_lr: float = Field(
        0.02,
        ge=0,
        le=1,
        description="Step sizes at the end, relative to those at the start; between, they follow "
        "a cosine.",
    )
    ema_decay: float = Field(
        0.95,
        ge=0,
        lt=1,
        description="Decay of the moving average of the weights, which is what is saved.",
    )
    validate_steps: int = Field(
        50,
        ge=1,
        le=1_000_000,
        description="Steps between two validations at `size`; with smaller crops they are more, "
        "with larger ones fewer.",
    )
    patience: int = Field(
        12,
        ge=0,
        le=100_000,
        description="In its second half, the training stops after so many validations, or a fifth "
        "of it if that is more, without `min_improvement`; 0: never.",
    )
    min_improvement: float = Field(
        0.005, ge=0, lt=1, description="Least improvement of the validation loss, relative to it."
    )
    report_seconds: float = Field(
        60.0, ge=0, description="Least seconds between two sample sheets, at validations."
    )
    minutes: float = Field(
        10.0,
        gt=0,
        le=100_000,
        description="Minutes of the training if neither --minutes nor --steps is given.",
    )
