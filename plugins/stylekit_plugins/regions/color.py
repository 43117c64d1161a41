"""A region of similar color."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import ImageColor
from torch import Tensor

from stylekit.errors import InputError, UsageError
from stylekit.images.frames import Frame

_TOLERANCE = 10.0
_BAND = 1_000_000
"""Pixels that are converted at once, because the conversion to CIELAB takes much memory."""

_NUMBER = re.compile(r"\d{1,3}(?:\.\d{0,9})?", re.ASCII)
_BARE_HEX = re.compile(r"[0-9a-fA-F]{3}|[0-9a-fA-F]{6}", re.ASCII)


class Color:
    """The pixels that resemble a color, `#rrggbb` or a CSS name.

    Args:
        params: unused; every factory receives them.
    """

    def __init__(self, params: object = None) -> None:
        del params

    def mask(self, source: str, image: Frame, read: Callable[[str], Frame]) -> Tensor:
        """Return 1 where the distance to the color is within the tolerance, (H, W) in [0, 1].

        The distance is Delta E of 1976, Euclidean in CIELAB (D65): 2.3 is just noticeable, black
        and white are 100 apart. The mask falls to 0 within one unit beyond the tolerance.

        Raises:
            UsageError: the color or the tolerance is invalid.
            InputError: no pixel is within the tolerance; the hint has the distance of the nearest.
        """
        rgb, tolerance = _parse(source)
        target = _lab(np.array([[rgb]], np.float32) / np.float32(255))
        mask = torch.empty(image.height, image.width)
        nearest = np.inf
        rows = max(1, _BAND // image.width)
        for top in range(0, image.height, rows):
            pixels = image.pixels[:, top : top + rows].permute(1, 2, 0).numpy()
            distance = np.linalg.norm(_lab(pixels) - target, axis=2)
            nearest = min(nearest, float(distance.min()))
            mask[top : top + rows] = torch.from_numpy((1 + tolerance - distance).clip(0, 1))
        if not mask.any():
            raise InputError(
                f"Region 'color:{source}': no pixel of {image.origin} has that color.",
                f"The nearest one is {nearest:.0f} units away; use a larger tolerance, for example "
                f"color:{source.partition('~')[0]}~{np.ceil(nearest) + 5:.0f}.",
            )
        return mask


def _parse(source: str) -> tuple[tuple[int, ...], float]:
    """Return red, green and blue, 0 to 255, and the tolerance."""
    name, separator, tolerance = (part.strip() for part in source.partition("~"))
    if separator and not _NUMBER.fullmatch(tolerance):
        raise _usage_error(source, f"'{tolerance}' is not a tolerance from 0 to 999")
    try:
        rgb = ImageColor.getrgb(f"#{name}" if _BARE_HEX.fullmatch(name) else name)
    except ValueError:
        raise _usage_error(source, f"'{name}' is not a color") from None
    # Pillow accepts rgb(999,0,0), and colors with alpha.
    if len(rgb) != 3 or not all(0 <= value <= 255 for value in rgb):
        raise _usage_error(source, f"'{name}' is not a color from #000000 to #ffffff")
    return rgb, float(tolerance) if separator else _TOLERANCE


def _usage_error(source: str, problem: str) -> UsageError:
    return UsageError(
        f"Region 'color:{source}': {problem}.",
        "Write for example color:#3a7bd5 or color:skyblue; append ~20 for a tolerance of 20 "
        "(default 10).",
    )


def _lab(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    from skimage.color import rgb2lab

    lab: NDArray[np.float32] = rgb2lab(pixels)
    return lab
