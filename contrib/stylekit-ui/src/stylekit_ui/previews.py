"""Images in the formats that a browser shows."""

from __future__ import annotations

import io
from dataclasses import replace

from PIL import Image

from stylekit.images.frames import Frame, fit


def shrink_to(image: Frame, side: int) -> Frame:
    """Return an image whose longest side is at most `side` pixels."""
    if max(image.width, image.height) <= side:
        return image
    return image.resized(*fit(image.width, image.height, side))


def as_jpeg(image: Frame, quality: int) -> bytes:
    """Return an image as a JPEG file, transparent parts on white."""
    opaque = replace(image, alpha=None).to_pil()
    if image.alpha is not None:
        background = Image.new("RGB", opaque.size, "white")
        background.paste(opaque, mask=image.to_pil().getchannel("A"))
        opaque = background
    file = io.BytesIO()
    opaque.save(file, "JPEG", quality=quality)
    return file.getvalue()
