"""Resizing of a mask from another file to the size of an image."""

from __future__ import annotations

from torch import Tensor

from stylekit.errors import InputError
from stylekit.images.frames import Frame
from stylekit.images.masks import resized

_ASPECT_TOLERANCE = 0.01
"""Relative tolerance of the aspect ratio of a mask."""


def fit_to_image(mask: Tensor, origin: str, image: Frame) -> Tensor:
    """Resize a mask (h, w) in [0, 1] to the size of an image, (H, W).

    Raises:
        InputError: the aspect ratios differ by more than 1 %, and not only by the rounding of a
            smaller mask to whole pixels.
    """
    height, width = mask.shape
    if not _same_aspect(width, height, image.width, image.height):
        rotated = _same_aspect(height, width, image.width, image.height)
        raise InputError(
            f"The mask {origin} is {width} x {height} pixels, and {image.origin} is "
            f"{image.width} x {image.height}: their aspect ratios differ.",
            "Rotate the mask by 90 degrees, like the image."
            if rotated
            else "Draw the mask on a copy of the image; any size of the same aspect ratio works.",
        )
    return resized(mask, image.width, image.height)


def _same_aspect(width: int, height: int, image_width: int, image_height: int) -> bool:
    ratio = (width * image_height) / (height * image_width)
    if abs(ratio - 1) <= _ASPECT_TOLERANCE:
        return True
    # A small copy of a large image, with sides rounded to whole pixels.
    return (
        abs(width - height * image_width / image_height) < 1
        or abs(height - width * image_height / image_width) < 1
    )
