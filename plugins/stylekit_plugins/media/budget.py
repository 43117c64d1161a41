"""What may be unpacked: decided from the size that a file states, before anything is decoded."""

from __future__ import annotations

import torch

from stylekit.errors import InputError, MemoryLimitError
from stylekit.machine import devices

IMAGE_BYTES = 26.0
"""Memory that an image takes for each pixel while it is read.

Measured: 14 to 20 for most, 24 for 16-bit gray with a color profile.
"""

_ALWAYS = 64 * 2**20
"""Bytes that may always be used: it is not small images that fill a memory."""

_ANIMATION = 100
"""An animation may have so many times the pixels of an image, in all its frames together."""


def check_size(width: int, height: int, max_megapixels: float, each: float = IMAGE_BYTES) -> None:
    """Refuse an image or a frame that is too large.

    Args:
        each: bytes of memory that a pixel takes.

    Raises:
        InputError: it has more than `max_megapixels` millions of pixels.
        MemoryLimitError: it does not fit into the memory that is free.
    """
    if width * height > max_megapixels * 1e6:
        raise too_large(f"{width} x {height} pixels", max_megapixels)
    needed, memory = width * height * each, _free_memory()
    if needed > memory:
        scale = (memory / needed) ** 0.5
        raise MemoryLimitError(
            f"to unpack its {width} x {height} pixels takes about {needed / 2**30:.2g} GiB of "
            f"memory, and {memory / 2**30:.2g} GiB are free",
            f"{int(width * scale)} x {int(height * scale)} pixels fit: make it smaller first.",
        )


def check_frames(count: int, width: int, height: int, max_megapixels: float) -> None:
    """Refuse an animation whose frames would take hours to unpack.

    Raises:
        InputError: they have more than 100 times `max_megapixels` millions of pixels together.
    """
    limit = _ANIMATION * max_megapixels
    if count * width * height > limit * 1e6:
        raise too_large(f"{count} frames of {width} x {height} pixels", limit)


def too_large(what: str, limit: float) -> InputError:
    """Return the error for what has more pixels than `limit` millions."""
    return InputError(
        f"{what} is more than the limit of {limit:g} megapixels",
        "Make it smaller, or raise max_megapixels if you trust the file.",
    )


def _free_memory() -> int:
    """Return the bytes that reading may take."""
    return max(_ALWAYS, devices.free_memory(torch.device("cpu")))
