"""Parameters of the video methods; without torch, so that a bad value is reported at once."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, PositiveInt

from stylekit.params import Params


class PerFrameParams(Params):
    """Parameters of `per-frame`."""

    method: str = Field("gatys", description="Image method that stylizes each frame.")


class SceneParams(Params):
    """Parameters of scene detection."""

    scene_threshold: float = Field(
        0.35,
        ge=0,
        le=1,
        description="Fraction of a frame (0 to 1) that must be visible in the previous frame; "
        "below it a new scene starts.",
    )


class FlowParams(SceneParams):
    """Parameters of `flow`."""

    method: str = Field(
        "gatys",
        description="Image method that stylizes each frame: a feed-forward one, or one that uses "
        "temporal targets.",
    )
    temporal_weight: float = Field(
        200.0,
        ge=0,
        le=1e6,
        description="Weight of the temporal loss (0 to 1e6): the squared difference from earlier "
        "results, warped along the optical flow. The difference from the output of a feed-forward "
        "method has weight 200.",
    )
    warm_start_fraction: float = Field(
        0.4,
        gt=0,
        le=1,
        description="Fraction of the method's steps (above 0, up to 1) for each frame that starts "
        "from the previous result; a feed-forward method ignores it.",
    )
    lookback: tuple[PositiveInt, ...] | None = Field(
        None,
        min_length=1,
        description="Distances in frames to the earlier results of the temporal loss; each counts "
        "only where no nearer one is reliable. By default 1, 10 and 20; of a feed-forward method, "
        "1.",
    )


class DualParams(SceneParams):
    """Parameters of `dual` and `dual-pixel`."""

    method: str = Field("gatys", description="Image method whose losses are minimized.")
    network: str = Field(
        "arbitrary", description="Method whose style network is the common network."
    )
    steps: int = Field(300, ge=1, le=1_000_000, description="Training steps (1 to 1,000,000).")
    lr: float = Field(
        1e-3, gt=0, le=1, description="Learning rate of the common network (above 0, up to 1)."
    )
    lr_embeddings: float = Field(
        1e-2,
        gt=0,
        le=10,
        description="Learning rate of the style embeddings and of the frames' offsets (above 0, "
        "up to 10).",
    )
    lr_images: float = Field(
        1e-2,
        gt=0,
        le=1,
        description="Learning rate of the frames' offset images in `dual-pixel` (above 0, up to "
        "1).",
    )
    training_consistency_weight: float = Field(
        500.0,
        ge=0,
        le=1e9,
        description="Weight of the temporal loss during training (0 to 1e9): the squared "
        "difference from the previous frame, warped along the optical flow.",
    )
    consistency_weight: float = Field(
        4000.0,
        ge=0,
        le=1e9,
        description="Weight of the temporal loss while frames are refined (0 to 1e9): a higher one "
        "flickers less and keeps less of the style. It falls where style weights change by more "
        "than 3.6 % per frame.",
    )
    refine_fraction: float = Field(
        0.2,
        ge=0,
        le=1,
        description="Fraction of the method's steps (0 to 1) that refines each frame after the "
        "networks rendered it; 0 disables it.",
    )
    refine_fraction_first: float = Field(
        0.8,
        ge=0,
        le=1,
        description="Fraction of the method's steps (0 to 1) that refines the first frame of a "
        "scene; later frames inherit the gain.",
    )
    crossfade: float = Field(
        0.5,
        ge=0,
        le=1,
        description="During a transition, the fraction (0 to 1) of a frame that cross-fades "
        "single-style outputs; the rest is rendered from the interpolated style embedding.",
    )
    refresh: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Minimum fraction (0 to 1) of each frame that is re-rendered; the rest is the "
        "previous frame, warped. Sudden style changes raise it.",
    )
    offset_penalty: float = Field(
        1.0,
        ge=0,
        le=1e9,
        description="Weight of the mean squared offset of the frames (0 to 1e9).",
    )
    transition_seconds: float = Field(
        2.5,
        ge=0,
        le=60,
        description="Maximum duration in seconds (0 to 60) of the transition that replaces a "
        "sudden style change; short videos shorten it.",
    )


class TemporalParams(Params):
    """Parameters of `temporal`."""

    term: Literal["short", "long"] = Field(
        "short",
        description="Frame to compare each frame with: the previous one (short) or the first one "
        "(long).",
    )


class LinearityParams(Params):
    """Parameters of `linearity`."""

    score: Literal["rsq", "kappa", "step"] = Field(
        "rsq",
        description="Score to return: explained variance (rsq), curvature (kappa) or largest step "
        "(step).",
    )
    interp: Literal["linear", "cosine", "step"] = Field(
        "linear", description="Interpolation of the style weights that made the video."
    )
