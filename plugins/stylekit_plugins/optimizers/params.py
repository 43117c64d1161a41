"""Parameters of the optimizers; no torch here, so that bad values are refused quickly."""

from __future__ import annotations

from pydantic import Field

from stylekit.params import Params


class AdamParams(Params):
    """Defaults of Crowson's style-transfer-pytorch, except for the step size."""

    lr: float = Field(0.02, gt=0, le=1, description="Step size, in units of the value range 0-1.")
    beta1: float = Field(0.9, ge=0, lt=1, description="Decay of the mean gradient.")
    beta2: float = Field(0.99, ge=0, lt=1, description="Decay of the mean squared gradient.")


class LBFGSParams(Params):
    """Parameters of L-BFGS."""

    lr: float = Field(1.0, gt=0, le=10, description="Factor on each step; 1 takes the full step.")
    history_size: int = Field(
        10,
        ge=1,
        le=200,
        description="Number of past steps from which the curvature is estimated; each takes the "
        "memory of two images.",
    )
    first_step: float = Field(
        0.003,
        gt=0,
        le=1,
        description="Mean change of a value in the first step, in units of the value range 0-1; "
        "later steps find their own size.",
    )
    max_step: float = Field(
        0.05,
        gt=0,
        description="Largest mean change of a value in one step, in units of the value range 0-1; "
        "1 means no limit.",
    )
