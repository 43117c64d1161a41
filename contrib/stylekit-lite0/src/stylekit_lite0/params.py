"""Parameters of the backbone. They import no torch, so that a bad value is refused at once."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from stylekit import Params


class Lite0Params(Params):
    """Parameters of the backbone."""

    enlarge: Literal[1, 2] = Field(
        2,
        description="Factor by which each side of the image is enlarged before the network. Its "
        "first layer skips every other position: 1 takes a quarter of the time and memory, but the "
        "network hardly sees the finest grain, which becomes noisy; 2 gives its layers the strides "
        "of VGG's.",
    )
