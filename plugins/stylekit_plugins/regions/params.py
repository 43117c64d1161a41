"""Parameters of GrabCut; without torch and OpenCV, so that describing is quick."""

from __future__ import annotations

from pydantic import Field

from stylekit.params import Params


class GrabCutParams(Params):
    """How the object in a box is found."""

    iterations: int = Field(
        5,
        ge=1,
        le=50,
        description="Rounds of learning the colors of object and background and of cutting "
        "(1 to 50, no unit).",
    )
    working_size: int = Field(
        384,
        ge=64,
        le=2048,
        description="Long side in pixels (64 to 2048) at which the object is cut out: of the box "
        "with its surroundings, not of the whole picture. The edge is then found again in the full "
        "picture. Larger takes longer and follows finer shapes, but is often less steady.",
    )
    smallest_part: float = Field(
        0.1,
        ge=0,
        le=1,
        description="Pieces of less than this part of the largest piece's area are left out "
        "(0 to 1): 0 keeps every speck, 1 only the largest piece.",
    )
    fill_holes: bool = Field(
        True,
        description="Whether holes in the object belong to it (true or false): a badge in the "
        "color of the background, but also the hole of a ring.",
    )
