"""A mask image: white is inside, black outside, gray in between; or what its maker meant.

Masks of programs do not always mean what they show. The rules, in this order:

- An image with transparent parts is a cut-out: its alpha is the mask, whatever its colors.
- Colors in a mask (of at most 256, not in a JPEG or a video) are labels: black is outside, all else
  inside.
- Where nothing is lighter than 15 of 255, or than 15 of 65535 in deep images, the values are the
  numbers of labels (NumPy, COCO and SAM write 0 and 1): 0 is outside, all else inside.
- In a JPEG or a video, what is within 16 of 255 of black or white is black or white: the rest of
  its noise.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from stylekit.images.frames import Frame
from stylekit.inputs.syntax import path_in
from stylekit_plugins.regions.fitting import fitted

_LOSSLESS = frozenset(
    (".png", ".tif", ".tiff", ".bmp", ".dib", ".gif", ".webp", ".pgm", ".ppm", "")
)
"""Suffixes of files that hold a mask exactly; nothing: an image in memory, or drawn."""

_NUMBERS = 15.5 / 255
"""Up to here nothing is gray: it is the number of a label."""

_NOISE = 16 / 255
"""By so much a lossy format may miss black and white."""

_COLORFUL = 1.5 / 255
_MOST_COLORS = 256


class Mask:
    """The area that another image marks; see this module.

    Attributes:
        notes: lines that the user should know, of rules that were used.

    Args:
        params: none; here because every component is made with its parameters.
    """

    def __init__(self, params: object = None) -> None:
        del params
        self.notes: list[str] = []

    def mask(self, source: str, image: Frame, read: Callable[[str], Frame]) -> Tensor:
        """Make the mask of any image source at the size of the picture, (H, W) in [0, 1].

        Raises:
            InputError: it cannot be read, or has another shape than the picture.
        """
        frame = read(source)
        if frame.alpha is not None and frame.alpha.min() < 1:
            return fitted(self._meant(frame.alpha, source), source, image)
        lossless = Path(path_in(source)).suffix.lower() in _LOSSLESS
        if lossless and _has_labels_in_color(frame.pixels):
            self._note(source, "its colors are labels: black is outside, all else inside.")
            return fitted(frame.pixels.amax(0).gt(0).float(), source, image)
        luma = _luma(frame.pixels)
        if lossless:
            return fitted(self._meant(luma, source), source, image)
        ends = torch.where(luma <= _NOISE, torch.zeros(()), luma)
        return fitted(torch.where(ends >= 1 - _NOISE, torch.ones(()), ends), source, image)

    def _meant(self, mask: Tensor, source: str) -> Tensor:
        """Take numbers of labels for what they mean."""
        if not 0 < mask.max() <= _NUMBERS:
            return mask
        self._note(source, "its values are numbers of labels: 0 is outside, all else inside.")
        return mask.gt(0).float()

    def _note(self, source: str, text: str) -> None:
        line = f"Mask {source}: {text}"
        if line not in self.notes:
            self.notes.append(line)


def _has_labels_in_color(pixels: Tensor) -> bool:
    """Return whether (3, H, W) has black and colors, but few of them."""
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
