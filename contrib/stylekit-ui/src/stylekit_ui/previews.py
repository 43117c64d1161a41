"""Pictures as a browser shows them."""

from __future__ import annotations

import io
from dataclasses import replace

from PIL import Image

from stylekit.images.frames import Frame, fit


def smaller(picture: Frame, side: int) -> Frame:
    """Return a picture whose long side is `side` at most."""
    long_side = max(picture.width, picture.height)
    if long_side <= side:
        return picture
    return picture.resized(*fit(picture.width, picture.height, side))


def as_jpeg(picture: Frame, quality: int) -> bytes:
    """Return a picture as a file; what is transparent lies on white."""
    plain = replace(picture, alpha=None).to_pil()
    if picture.alpha is not None:
        paper = Image.new("RGB", plain.size, "white")
        paper.paste(plain, mask=picture.to_pil().getchannel("A"))
        plain = paper
    file = io.BytesIO()
    plain.save(file, "JPEG", quality=quality)
    return file.getvalue()
