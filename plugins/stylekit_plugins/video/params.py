"""Parameters of the ways to stylize clips; no torch here, so that a bad value is found at once."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stylekit.params import Params


class PerFrameParams(Params):
    """Parameters of `per-frame`."""

    method: str = Field("gatys", description="Method that makes each frame.")


class SceneParams(Params):
    """What all that knows of scenes has."""

    cut: float = Field(
        0.35,
        ge=0,
        le=1,
        description="A frame of which less than this part was to be seen in the one before begins "
        "a new scene.",
    )


class FlowParams(SceneParams):
    """Parameters of `flow`."""

    method: str = Field(
        "gatys", description="Method that makes each frame; it has to heed `Job.temporal_targets`."
    )
    temporal: float = Field(
        200.0,
        ge=0,
        le=1e6,
        description="Weight of the squared difference from the frames before, moved along.",
    )
    effort: float = Field(
        0.4,
        gt=0,
        le=1,
        description="Part of the steps that frames after the first take; they begin with the one "
        "before.",
    )
    back: tuple[int, ...] = Field(
        (1, 10, 20),
        min_length=1,
        description="Frames before that a frame is held to; each only where no nearer one is "
        "reliable.",
    )


class DualParams(SceneParams):
    """Parameters of `dual` and `dual-pixel`."""

    method: str = Field("gatys", description="Method whose losses are minimized.")
    network: str = Field("arbitrary", description="Method whose network is the common model.")
    steps: int = Field(300, ge=1, le=1_000_000, description="Steps of the training.")
    lr: float = Field(1e-3, gt=0, le=1, description="Step size of the common network.")
    lr_codes: float = Field(1e-2, gt=0, le=10, description="Step size of codes and their offsets.")
    lr_pixels: float = Field(1e-2, gt=0, le=1, description="Step size of the frames' pictures.")
    temporal: float = Field(
        500.0,
        ge=0,
        le=1e9,
        description="Weight of the difference from the frame before, in the training.",
    )
    hold: float = Field(
        4000.0,
        ge=0,
        le=1e9,
        description="Weight of the difference from what is carried along, when the frames are "
        "made: more is steadier and more even, and less of the style. Where more than 4 % of "
        "the styles changes from frame to frame, it is less.",
    )
    polish: float = Field(
        0.2,
        ge=0,
        le=1,
        description="Part of the method's steps that each frame takes at last, from what the "
        "models make of it; 0: none.",
    )
    polish_first: float = Field(
        0.8,
        ge=0,
        le=1,
        description="The same of the first frame of a scene; the others inherit what it gains.",
    )
    straight: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Between styles, the part of a frame that is a mixture of pictures in single "
        "styles, whose pixels go from one to the other on straight lines; the rest is one picture "
        "in mixed codes.",
    )
    renew: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Part of a frame that the models paint anew, at least; the rest is the frame "
        "before, moved along and changed as the models change. It is more while a sudden change of "
        "style is drawn out.",
    )
    near: float = Field(1.0, ge=0, le=1e9, description="Weight of the size of a frame's model.")
    spread: float = Field(
        2.5,
        ge=0,
        le=60,
        description="Seconds that a sudden change of style is drawn out over, at most; in a short "
        "clip it is nearly all frames of both styles.",
    )


class TemporalParams(Params):
    """Parameters of `temporal`."""

    term: Literal["short", "long"] = Field(
        "short", description="Compare each frame with the one before, or with the first."
    )


class LinearityParams(Params):
    """Parameters of `linearity`."""

    figure: Literal["rsq", "kappa", "step"] = Field(
        "rsq", description="Which figure: explained variance, curvature, or largest step."
    )
    interp: Literal["linear", "cosine", "step"] = Field(
        "linear", description="How the shares of the styles changed."
    )
