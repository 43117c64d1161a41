"""A region from a mask image: white is inside, black outside, gray in between.

Masks of other programs use other conventions. The rules, in this order:

- An image with transparent parts is a cut-out: its alpha is the mask, whatever its colors.
- Colors in a mask (of at most 256, not in a JPEG or a video) are labels: black is outside, all else
  inside.
- Values of at most 15 of 255, or 15 of 65535 in deep images, are label numbers (NumPy, COCO and SAM
  write 0 and 1): 0 is outside, all else inside.
- In a JPEG or a video, values within 16 of 255 of black or white are compression noise: black or
  white.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from stylekit.images.frames import Frame
from stylekit.inputs.syntax import path_in
from stylekit_plugins.regions.mask_size import fit_to_image

_LOSSLESS = frozenset(
    (".png", ".tif", ".tiff", ".bmp", ".dib", ".gif", ".webp", ".pgm", ".ppm", "")
)
"""Suffixes of lossless formats; empty: an image in memory, or drawn by code."""

_MAX_LABEL = 15.5 / 255
"""Maximum value that is a label number instead of a gray level."""

_NOISE = 16 / 255
"""Tolerance of black and white in lossy formats."""

_COLORFUL = 1.5 / 255
_MOST_COLORS = 256


class Mask:
    """The area that another image marks; the module's docstring has the rules.

    Attributes:
        notes: sentences for the user about rules that were applied.

    Args:
        params: unused; every factory receives them.
    """

    def __init__(self, params: object = None) -> None:
        del params
        self.notes: list[str] = []

    def mask(self, source: str, image: Frame, read: Callable[[str], Frame]) -> Tensor:
        """Return the mask of any image source at the size of the image, (H, W) in [0, 1].

        Raises:
            InputError: the source cannot be read, or has another aspect ratio than the image.
        """
        frame = read(source)
        if frame.alpha is not None and frame.alpha.min() < 1:
            return fit_to_image(self._as_binary_labels(frame.alpha, source), source, image)
        lossless = Path(path_in(source)).suffix.lower() in _LOSSLESS
        if lossless and _has_color_labels(frame.pixels):
            self._note(source, "its colors are read as labels: black is outside, all else inside.")
            return fit_to_image(frame.pixels.amax(0).gt(0).float(), source, image)
        luma = _luma(frame.pixels)
        if lossless:
            return fit_to_image(self._as_binary_labels(luma, source), source, image)
        mask = torch.where(luma <= _NOISE, torch.zeros(()), luma)
        return fit_to_image(torch.where(mask >= 1 - _NOISE, torch.ones(()), mask), source, image)

    def _as_binary_labels(self, mask: Tensor, source: str) -> Tensor:
        """Turn label numbers into 0 and 1; leave other masks unchanged."""
        if not 0 < mask.max() <= _MAX_LABEL:
            return mask
        self._note(source, "its values are read as label numbers: 0 is outside, all else inside.")
        return mask.gt(0).float()

    def _note(self, source: str, text: str) -> None:
        line = f"Mask {source}: {text}"
        if line not in self.notes:
            self.notes.append(line)


def _has_color_labels(pixels: Tensor) -> bool:
    """Return whether an image (3, H, W) consists of black and a few other colors."""
    spread = pixels.amax(0) - pixels.amin(0)
    if not (spread > _COLORFUL).any():
        return False
    red, green, blue = (pixels * 255).round().to(torch.int64)
    colors = torch.unique((red << 16) + (green << 8) + blue)
    return len(colors) <= _MOST_COLORS and bool(colors[0] == 0)


def _luma(pixels: Tensor) -> Tensor:
    """Compute the luma (ITU-R BT.709) of (3, H, W); gray keeps its value exactly."""
    red, green, blue = pixels
    luma: Tensor = red + 0.7152 * (green - red) + 0.0722 * (blue - red)
    return luma.clamp(0, 1)
