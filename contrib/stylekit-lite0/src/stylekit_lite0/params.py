"""Parameters of the backbone; no torch here, so that a bad value is found at once."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stylekit import Params


class Lite0Params(Params):
    """What can be set."""

    enlarge: Literal[1, 2] = Field(
        2,
        description="How many times each side of the picture is enlarged before the network sees "
        "it. Its first layer skips every other position: at 1 it is nearly blind to the finest "
        "grain, which then grows wild, and takes a quarter of the time and memory; 2 gives its "
        "layers the strides of VGG's.",
    )
