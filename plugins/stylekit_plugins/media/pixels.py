"""Conversion of FFmpeg's frames to upright sRGB values with square pixels."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from av.video.reformatter import ColorRange, Colorspace, ColorTrc, Interpolation

from stylekit_plugins.media import hdr

_TO_LIGHT = {ColorTrc.SMPTE2084: hdr.pq_to_light, ColorTrc.ARIB_STD_B67: hdr.hlg_to_light}

_EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


def is_hdr(frame: Any) -> bool:
    """Return whether a frame has a high dynamic range."""
    return frame.color_trc in _TO_LIGHT


def is_transparent(frame: Any) -> bool:
    """Return whether any pixel of a frame is transparent; an opaque alpha plane does not count."""
    pixels = frame.format
    if not (pixels.has_palette or any(component.is_alpha for component in pixels.components)):
        return False
    return bool(frame.to_ndarray(format="rgba")[..., 3].min() < 255)


def square_pixel_size(width: int, height: int, aspect: Fraction) -> tuple[int, int]:
    """Return the size at which pixels of an aspect (width by height) are square, by enlarging."""
    if aspect >= 1:
        return round(width * aspect), height
    return width, round(height / aspect)


def anamorphic_size(width: int, height: int, aspect: Fraction) -> tuple[int, int]:
    """Return the size in pixels of an aspect that displays like one of square pixels."""
    if aspect >= 1:
        return max(1, round(width / aspect)), height
    return width, max(1, round(height * aspect))


def to_srgb_upright(
    frame: Any, size: tuple[int, int], quarter_turns: int, aspect: Fraction
) -> np.ndarray[Any, Any]:
    """Convert a decoded frame to sRGB, (H, W, 3): uint8, uint16 for deep color, float for HDR.

    Args:
        size: width and height, in pixels of the file, that the frame is scaled to.
        turns: counterclockwise.
        aspect: width of a pixel relative to its height, before the rotation.
    """
    to_light = _TO_LIGHT.get(frame.color_trc)
    deep = any(component.bits > 8 for component in frame.format.components)
    width, height = square_pixel_size(*size, aspect)
    values = frame.to_ndarray(
        format="rgb48le" if deep else "rgb24",
        width=width,
        height=height,
        src_colorspace=_matrix(frame),
        src_color_range=frame.color_range or ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=_EXACT,
    )
    if to_light is not None:
        signal = values.astype(np.float32) / np.float32(np.iinfo(values.dtype).max)
        values = hdr.light_to_srgb(to_light(signal))
    return np.ascontiguousarray(np.rot90(values, quarter_turns))


def _matrix(frame: Any) -> int:
    """Return the matrix from YUV to RGB; most high-resolution files do not state it."""
    known = {int(value) for value in Colorspace}
    if int(frame.colorspace) in known:
        return int(frame.colorspace)
    # BT.2020 with constant luminance; treated like the other variant.
    if int(frame.colorspace) == 10:
        return int(Colorspace.BT2020)
    return int(Colorspace.ITU709 if frame.height >= 720 else Colorspace.ITU601)
