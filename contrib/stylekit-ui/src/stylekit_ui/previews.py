"""Pictures as a browser shows them."""

from __future__ import annotations

import io
from dataclasses import replace

from PIL import Image

from stylekit.images.frames import Frame, fit


def smaller(image: Frame, side: int) -> Frame:
    """Return a picture whose long side is `side` at most."""
    long_side = max(image.width, image.height)
    if long_side <= side:
        return image
    return image.resized(*fit(image.width, image.height, side))


def as_jpeg(image: Frame, quality: int) -> bytes:
    """Return a picture as a file; what is transparent lies on white."""
    plain = replace(image, alpha=None).to_pil()
    if image.alpha is not None:
        paper = Image.new("RGB", plain.size, "white")
        paper.paste(plain, mask=image.to_pil().getchannel("A"))
        plain = paper
    file = io.BytesIO()
    plain.save(file, "JPEG", quality=quality)
    return file.getvalue()
