"""Parameters of GrabCut; without torch and OpenCV, so that they are listed quickly."""

from __future__ import annotations

from pydantic import Field

from stylekit.params import Params


class GrabCutParams(Params):
    """Parameters of `grabcut`."""

    iterations: int = Field(
        5,
        ge=1,
        le=50,
        description="Iterations of GrabCut (1 to 50).",
    )
    working_size: int = Field(
        384,
        ge=64,
        le=2048,
        description="Long side in pixels (64 to 2048) of the box and its surroundings during "
        "segmentation; larger is slower and finer, but often less robust.",
    )
    smallest_part: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Minimum area of a connected component, as a fraction of the largest one (0 to "
        "1); smaller components are dropped.",
    )
    fill_holes: bool = Field(
        True,
        description="Include holes in the object.",
    )
