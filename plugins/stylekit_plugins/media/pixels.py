"""From FFmpeg's frames to sRGB values, upright and of square pixels."""

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
    """Return whether any pixel of a frame is transparent; an alpha plane alone does not count."""
    pixels = frame.format
    if not (pixels.has_palette or any(component.is_alpha for component in pixels.components)):
        return False
    return bool(frame.to_ndarray(format="rgba")[..., 3].min() < 255)


def shown_size(width: int, height: int, aspect: Fraction) -> tuple[int, int]:
    """Return the size at which pixels of an aspect (width by height) are square; none gets lost."""
    if aspect >= 1:
        return round(width * aspect), height
    return width, round(height / aspect)


def stored_size(width: int, height: int, aspect: Fraction) -> tuple[int, int]:
    """Return the size in pixels of an aspect that is shown as one of square pixels."""
    if aspect >= 1:
        return max(1, round(width / aspect)), height
    return width, max(1, round(height * aspect))


def upright(
    frame: Any, size: tuple[int, int], turns: int, aspect: Fraction
) -> np.ndarray[Any, Any]:
    """Return a decoded frame as sRGB, (H, W, 3): uint8, uint16 from deeper ones, float from HDR.

    Args:
        size: width and height in pixels of the file that it is scaled to, if it has others.
        turns: quarter turns against the clock.
        aspect: width of a pixel by its height, before it is turned.
    """
    to_light = _TO_LIGHT.get(frame.color_trc)
    deep = any(component.bits > 8 for component in frame.format.components)
    width, height = shown_size(*size, aspect)
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
    return np.ascontiguousarray(np.rot90(values, turns))


def _matrix(frame: Any) -> int:
    """Return the matrix from YUV to RGB; most files of a high resolution do not say it."""
    known = {int(value) for value in Colorspace}
    if int(frame.colorspace) in known:
        return int(frame.colorspace)
    # BT.2020, constant luminance or not.
    if int(frame.colorspace) == 10:
        return int(Colorspace.BT2020)
    return int(Colorspace.ITU709 if frame.height >= 720 else Colorspace.ITU601)
