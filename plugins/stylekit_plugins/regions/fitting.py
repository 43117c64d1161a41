"""A mask from another file, at the size of the picture that it is for."""

from __future__ import annotations

from torch import Tensor

from stylekit.errors import InputError
from stylekit.images.frames import Frame
from stylekit.images.masks import resized

_SHAPES_DIFFER = 0.01
"""Masks whose sides have another ratio, by more than this, are for another picture."""


def fitted(mask: Tensor, origin: str, image: Frame) -> Tensor:
    """Return a mask (h, w) in [0, 1] at the size of a picture, (H, W).

    Raises:
        InputError: it has another shape: the ratio of its sides differs by more than 1 %, and it
            is not the picture's shape rounded to whole pixels either.
    """
    height, width = mask.shape
    if not _same_shape(width, height, image.width, image.height):
        turned = _same_shape(height, width, image.width, image.height)
        raise InputError(
            f"The mask {origin} is {width} x {height} pixels, and {image.origin} is "
            f"{image.width} x {image.height}: their shapes differ.",
            "It would fit if it were turned by 90 degrees: turn it upright like the picture."
            if turned
            else "Draw the mask on a copy of the picture; any size of the same shape will do.",
        )
    return resized(mask, image.width, image.height)


def _same_shape(width: int, height: int, image_width: int, image_height: int) -> bool:
    ratio = (width * image_height) / (height * image_width)
    if abs(ratio - 1) <= _SHAPES_DIFFER:
        return True
    # A small copy of a large picture: sides are whole numbers.
    return (
        abs(width - height * image_width / image_height) < 1
        or abs(height - width * image_height / image_width) < 1
    )
