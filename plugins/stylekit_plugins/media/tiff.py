"""TIFF files that Pillow cannot read: float color, and deep gray with alpha."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile

from stylekit.errors import InputError
from stylekit.images.color import Values
from stylekit_plugins.media.budget import check_size

HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_WHITE = {"u": {1: 255, 2: 65535}, "f": {2: 1, 4: 1, 8: 1}}
"""The value of white, by NumPy's kind of number and its bytes."""


def read_tiff(path: Path, megapixels: float) -> Values:
    """Read the first image of a TIFF file.

    Args:
        megapixels: maximum size of the image, in millions of pixels.

    Returns:
        uint8, uint16 or float32 in [0, 1]; shape (H, W), (H, W, 3) or (H, W, 4), see `to_srgb`.

    Raises:
        InputError: unsupported values or channels, or too many pixels.
        MemoryLimitError: the image does not fit into the free memory.
    """
    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        check_size(page.imagewidth, page.imagelength, megapixels)
        channels = page.samplesperpixel
        dtype = np.dtype(page.dtype)
        kind, size = dtype.kind, dtype.itemsize
        if page.dtype is None or size not in _WHITE.get(kind, {}):
            raise InputError(
                f"it holds values of type {dtype}, which is not supported",
                "Save it with 8 or 16 bits per channel, or as float from 0 to 1.",
            )
        if channels not in (1, 2, 3, 4) or page.imagedepth != 1:
            raise InputError(
                f"it has {channels} channels", "Save it as gray or RGB, with or without alpha."
            )
        values = page.asarray()
    if values.ndim == 3 and page.planarconfig == tifffile.PLANARCONFIG.SEPARATE and channels > 1:
        values = np.moveaxis(values, 0, -1)
    values = values.reshape(page.imagelength, page.imagewidth, channels)
    if kind == "f":
        values = values.astype(np.float32)
        if not (values.min() >= 0 and values.max() <= 1):
            raise InputError(
                "it holds float values outside 0 to 1",
                "Scale it to 0 to 1, or save it with 8 or 16 bits per channel.",
            )
    elif page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        values[..., 0] = np.iinfo(values.dtype).max - values[..., 0]
    if channels == 2:
        return values[..., [0, 0, 0, 1]]
    return values[..., 0] if channels == 1 else values
