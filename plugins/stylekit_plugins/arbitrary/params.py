"""Parameters of arbitrary style transfer."""

from __future__ import annotations

from pydantic import Field

from stylekit.params import Params


class ArbitraryParams(Params):
    """Parameters of the method; the defaults are those of the paper."""

    strength: float = Field(
        1.0,
        ge=0,
        le=1,
        description="Interpolation from the content's own style (0) to the selected styles (1) "
        "(Ghiasi et al. 2017, section 3.4); even 0 repaints the image and can shift its colors.",
    )
    style_size: int = Field(
        256,
        ge=64,
        le=1024,
        description="Size at which the style image is read, as the side in pixels of a square of "
        "the same area; the network was trained at 256, and larger sizes are often calmer.",
    )
