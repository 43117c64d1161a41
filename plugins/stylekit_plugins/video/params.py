"""Parameters of the ways to stylise clips; no torch here, so that a bad value is found at once."""

from __future__ import annotations

from pydantic import Field

from stylekit.params import Params


class PerFrameParams(Params):
    """Parameters of `per-frame`."""

    method: str = Field("gatys", description="Method that makes each frame.")


class FlowParams(Params):
    """Parameters of `flow`."""

    method: str = Field(
        "gatys", description="Method that makes each frame; it has to heed `Job.anchors`."
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
    cut: float = Field(
        0.35,
        ge=0,
        le=1,
        description="A frame of which less than this part was to be seen in the one before begins "
        "a new scene.",
    )
