"""Strict settings of Pillow: allowed formats, size limits, no truncated images."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator
from typing import Any

from PIL import Image, ImageFile, PngImagePlugin

# Excludes formats that start other programs (EPS) or open other files.
_FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "TIFF", "BMP", "DIB", "GIF", "AVIF", "PPM", "JPEG2000")
_settings = threading.Lock()

_TEXT = 64 * 2**20
"""Maximum bytes of a decompressed text or color profile in a PNG file. Pillow allows 1 MiB, which
printer profiles and embedded workflows of image generators exceed."""


@contextlib.contextmanager
def pillow_settings(limit: int) -> Iterator[None]:
    """Apply strict settings while a file is read; they are global, so one file at a time."""
    with _settings, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
        text = PngImagePlugin.MAX_TEXT_CHUNK
        Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = limit, False
        PngImagePlugin.MAX_TEXT_CHUNK = _TEXT
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = before
            PngImagePlugin.MAX_TEXT_CHUNK = text


def open_image(file: Any) -> Image.Image:
    """Open an image of an allowed format."""
    # Formats depend on how Pillow was built, and unknown names raise KeyError.
    Image.init()
    return Image.open(file, formats=[name for name in _FORMATS if name in Image.OPEN])
