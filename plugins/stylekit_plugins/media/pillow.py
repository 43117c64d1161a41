"""Pillow, made strict: which formats it tries, how large a picture may be, no half pictures."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator
from typing import Any

from PIL import Image, ImageFile, PngImagePlugin

# Pillow would also try formats that start other programs (EPS) or reach for other files.
_FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "TIFF", "BMP", "DIB", "GIF", "AVIF", "PPM", "JPEG2000")
_settings = threading.Lock()

_TEXT = 64 * 2**20
"""Bytes that a text or a color profile inside a PNG may unpack to; Pillow allows 1 MiB, which
profiles of printers and the workflows that image generators embed exceed."""


@contextlib.contextmanager
def pillow_settings(limit: int) -> Iterator[None]:
    """Make Pillow strict while a file is read; its settings are global, so one file at a time."""
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
    """Open a picture of a known format."""
    # Which formats there are depends on how Pillow was built, and it stumbles over unknown names.
    Image.init()
    return Image.open(file, formats=[name for name in _FORMATS if name in Image.OPEN])
