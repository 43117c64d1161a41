"""A mask picture."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from stylekit.frames import Frame
from stylekit_plugins.regions.fitting import fitted


class Mask:
    """The area that another picture marks: white is inside, black outside, grey in between.

    Args:
        params: none; here because every component is made with its parameters.
    """

    def __init__(self, params: object = None) -> None:
        del params

    def mask(self, source: str, picture: Frame, read: Callable[[str], Frame]) -> Tensor:
        """Return the mask of any picture source at the size of the picture, (H, W) in [0, 1].

        A picture with transparent parts is a cut-out, which is what editors export: there its
        alpha is the mask, whatever its colours.

        Raises:
            InputError: it cannot be read, or has another shape than the picture.
        """
        frame = read(source)
        if frame.alpha is not None and frame.alpha.min() < 1:
            return fitted(frame.alpha, source, picture)
        return fitted(_luma(frame.pixels), source, picture)


def _luma(pixels: Tensor) -> Tensor:
    """Return the luma (ITU-R BT.709) of (3, H, W); grey keeps its value exactly."""
    red, green, blue = pixels
    luma: Tensor = red + 0.7152 * (green - red) + 0.0722 * (blue - red)
    return luma.clamp(0, 1)
