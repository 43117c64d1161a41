"""Converts images of any Pillow mode and color profile to sRGB values."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from stylekit.errors import InputError

Values = NDArray[Any]


def to_srgb(image: Image.Image) -> Values:
    """Return the values of a loaded image as sRGB.

    16-bit and float gray keep their precision; all other modes have 8 bits a channel, as in Pillow.
    An embedded ICC profile is applied, relative colorimetric with black point compensation; one
    that is broken or belongs to another color mode is ignored.

    Returns:
        uint8, uint16 or float32 in [0, 1]; shape (H, W) for gray, (H, W, 3) for RGB, or (H, W, 4)
        for RGB with straight alpha.

    Raises:
        InputError: float values outside [0, 1], or integers of more than 16 bits.
    """
    if image.mode == "F" or image.mode.startswith("I"):
        return _deep_gray(image)
    if image.mode == "RGBA" and "icc_profile" not in image.info:
        return np.asarray(image)
    if image.mode == "P" and not image.has_transparency_data and _is_constant_palette(image):
        return np.asarray(image)
    color, alpha = _split(image)
    rgb = _through_profile(color) if "icc_profile" in color.info else None
    if rgb is None:
        rgb = _from_lab(color) if color.mode == "LAB" else _in_mode("RGB", color)
    del color
    if alpha is not None:
        rgb = _in_mode("RGB", rgb)
        rgb.putalpha(alpha)
    return np.asarray(rgb)


def _is_constant_palette(image: Image.Image) -> bool:
    """Return whether a palette has one color only; then its indices are the values.

    Label masks are written with palettes that are black throughout.
    """
    used = np.unique(np.asarray(image))
    palette = np.array((image.getpalette("RGB") or []), np.uint8).reshape(-1, 3)
    shown = palette[used[used < len(palette)]]
    return len(used) > 1 and len(np.unique(shown, axis=0)) <= 1


def _split(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Separate the color (L, RGB, CMYK, LAB, ...) from the alpha, if there is any."""
    profile = image.info.get("icc_profile")
    alpha = None
    if image.has_transparency_data:
        gray = image.mode in ("LA", "La")
        rgba = _in_mode("LA" if gray else "RGBA", image)
        alpha = rgba.getchannel("A")
        image = rgba.getchannel("L") if gray else rgba.convert("RGB")
    elif image.mode in ("1", "P"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    if profile:
        image.info["icc_profile"] = profile
    else:
        image.info.pop("icc_profile", None)
    return image, alpha


def _in_mode(mode: str, image: Image.Image) -> Image.Image:
    """Return an image in a mode, without a copy if it has that mode already."""
    return image if image.mode == mode else image.convert(mode)


def _through_profile(image: Image.Image) -> Image.Image | None:
    """Convert with the embedded profile; None if that is impossible."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        space = profile.profile.xcolor_space.strip()
        mode = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}.get(space)
        if mode is None or not _fits(image.mode, mode):
            return None
        return ImageCms.profileToProfile(
            _in_mode(mode, image),
            profile,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        # Like every viewer, show an image with a broken profile without it.
        return None


def _fits(mode: str, profile_mode: str) -> bool:
    """Return whether an image of `mode` can have a profile for `profile_mode`."""
    if profile_mode == "RGB":
        return mode in ("L", "RGB", "RGBX", "YCbCr")
    return mode == profile_mode


def _from_lab(image: Image.Image) -> Image.Image:
    lab = ImageCms.createProfile("LAB")
    transform = ImageCms.buildTransform(lab, ImageCms.createProfile("sRGB"), "LAB", "RGB")
    converted = ImageCms.applyTransform(image, transform)
    if converted is None:
        raise ValueError("Lab conversion gave nothing")
    return converted


def _deep_gray(image: Image.Image) -> Values:
    """Return 16-bit, 32-bit or float gray as (H, W), or RGB(A) with a profile or transparency."""
    values: Values = np.asarray(image)
    if image.mode == "F":
        values = values.astype(np.float32)
        # `not >=` also catches NaN.
        if not (values.min() >= 0 and values.max() <= 1):
            raise InputError(
                "it holds float values outside 0 to 1",
                "Scale it to 0 to 1, or save it with 8 or 16 bits a channel.",
            )
    else:
        if values.min() < 0 or values.max() > 65535:
            raise InputError(
                "it holds integers of more than 16 bits",
                "Save it with 8 or 16 bits a channel.",
            )
        # Big-endian TIFFs have another byte order.
        values = values.astype(np.uint16)
    color = _ramp_through_profile(image.info.get("icc_profile"), values)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        color = color if color.ndim == 3 else np.repeat(color[:, :, None], 3, axis=2)
        opaque = 1 if color.dtype.kind == "f" else 65535
        alpha = np.where(values == transparent, 0, opaque).astype(color.dtype)
        return np.dstack((color, alpha))
    return color


def _ramp_through_profile(profile: bytes | None, values: Values) -> Values:
    """Convert deep gray with its profile, interpolating the conversion of 256 gray levels.

    Color management in Pillow supports 8-bit gray only.
    """
    if not profile:
        return values
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    ramp.info["icc_profile"] = profile
    converted = _through_profile(ramp)
    if converted is None:
        return values
    table = np.asarray(converted)[0].astype(np.float32) / 255
    full = 1.0 if values.dtype.kind == "f" else 65535.0
    knots = np.linspace(0, 1, 256, dtype=np.float32)
    color = np.empty((*values.shape, 3), np.float32)
    # Row by row: NumPy interpolates in float64.
    for row, grays in zip(color, values, strict=True):
        position = grays.astype(np.float32) / np.float32(full)
        for channel in range(3):
            row[:, channel] = np.interp(position, knots, table[:, channel])
    return color
