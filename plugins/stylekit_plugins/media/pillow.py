"""Pillow, made strict: which formats it tries, how large a picture may be, no half pictures."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator
from typing import Any

from PIL import Image, ImageFile

# Pillow would also try formats that start other programs (EPS) or reach for other files.
_FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "TIFF", "BMP", "DIB", "GIF", "AVIF", "PPM", "JPEG2000")
_settings = threading.Lock()


@contextlib.contextmanager
def pillow_settings(limit: int) -> Iterator[None]:
    """Make Pillow strict while a file is read; its settings are global, so one file at a time."""
    with _settings, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
        Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = limit, False
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES = before


def open_picture(file: Any) -> Image.Image:
    """Open a picture of a known format."""
    # Which formats there are depends on how Pillow was built, and it stumbles over unknown names.
    Image.init()
    return Image.open(file, formats=[name for name in _FORMATS if name in Image.OPEN])
