"""Parameters of the method."""

from __future__ import annotations

from pydantic import Field

from stylekit.params import Params


class ArbitraryParams(Params):
    """What can be set. The defaults are those of the paper."""

    strength: float = Field(
        1.0,
        ge=0,
        le=1,
        description="From the content picture's own style (0) to the style pictures' (1): the "
        "style numbers are interpolated (Ghiasi et al. 2017, section 3.4). Even 0 repaints: shapes "
        "stay, but in some pictures colors shift strongly.",
    )
    style_size: int = Field(
        256,
        ge=64,
        le=1024,
        description="Side in pixels of the square whose area a style picture gets when it is "
        "looked at; its shape is kept. The network was trained at 256; another size is another "
        "reading of the style, often a calmer one when larger.",
    )
