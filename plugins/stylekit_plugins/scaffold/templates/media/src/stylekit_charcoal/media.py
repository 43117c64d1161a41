"""Portable pixmaps: `P6`, width, height, 255, and three bytes a pixel."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from stylekit import Clip, Frame
from stylekit.errors import InputError

# Comments may stand wherever spaces may.
_SPACE = rb"(?:\s|#[^\n]*\n)+"
_HEADER = re.compile(rb"P6" + _SPACE + rb"(\d+)" + _SPACE + rb"(\d+)" + _SPACE + rb"255\s")

MOST_PIXELS = 200_000_000
"""Larger values are errors, not images."""


class CharcoalMedia:
    """Reads and writes them."""

    def __init__(self, params: object) -> None:
        pass

    def read(self, source: str) -> Clip:
        """Return the image as a clip of one frame.

        Raises:
            InputError: it is missing, of another kind, damaged or too large.
        """
        try:
            content = Path(source).read_bytes()
        except OSError as error:
            raise InputError(
                f"Cannot read {source}: {error.strerror}.", "Check the name and the folder."
            ) from None
        header = _HEADER.match(content)
        if header is None:
            raise InputError(f"Cannot read {source}: it is no 8-bit portable pixmap (P6).")
        width, height = int(header[1]), int(header[2])
        if not 0 < width * height <= MOST_PIXELS:
            raise InputError(f"Cannot read {source}: it claims to be {width} x {height} pixels.")
        values = content[header.end() :]
        if len(values) < 3 * width * height:
            raise InputError(f"Cannot read {source}: it is incomplete.", "Get the file again.")
        array = np.frombuffer(values, np.uint8, 3 * width * height)
        return Clip((Frame.from_array(array.reshape(height, width, 3), source),), source)

    def write(self, clip: Clip, path: str) -> None:
        """Write the image of a clip; alpha is left out, since the format has none.

        Raises:
            InputError: it cannot be written.
        """
        array = clip.image.to_array()[:, :, :3]
        height, width = array.shape[:2]
        try:
            Path(path).write_bytes(b"P6\n%d %d\n255\n" % (width, height) + array.tobytes())
        except OSError as error:
            raise InputError(f"Cannot write {path}: {error.strerror}.") from None
