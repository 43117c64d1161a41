"""Limits on the size of images, checked before decoding from the size that a file states."""

from __future__ import annotations

import torch

from stylekit.errors import InputError, MemoryLimitError
from stylekit.machine import devices

IMAGE_BYTES = 26.0
"""Bytes per pixel that reading an image takes; 16-bit gray with a color profile takes most."""

_MIN_MEMORY = 64 * 2**20
"""Bytes that may always be used, because small images never exhaust the memory."""

_ANIMATION_FACTOR = 100
"""Maximum pixels of all frames of an animation, relative to the limit of an image."""


def check_size(width: int, height: int, max_megapixels: float, each: float = IMAGE_BYTES) -> None:
    """Refuse an image or a frame that is too large.

    Args:
        each: bytes of memory per pixel.

    Raises:
        InputError: it has more than `max_megapixels` million pixels.
        MemoryLimitError: it does not fit into the free memory.
    """
    if width * height > max_megapixels * 1e6:
        raise too_large(f"{width} x {height} pixels", max_megapixels)
    needed, memory = width * height * each, _free_memory()
    if needed > memory:
        scale = (memory / needed) ** 0.5
        raise MemoryLimitError(
            f"decoding {width} x {height} pixels takes about {needed / 2**30:.2g} GiB of memory, "
            f"and {memory / 2**30:.2g} GiB are free",
            f"{int(width * scale)} x {int(height * scale)} pixels fit; make it smaller first.",
        )


def check_frames(count: int, width: int, height: int, max_megapixels: float) -> None:
    """Refuse an animation whose frames would take hours to decode.

    Raises:
        InputError: they have more than 100 times `max_megapixels` million pixels in total.
    """
    limit = _ANIMATION_FACTOR * max_megapixels
    if count * width * height > limit * 1e6:
        raise too_large(f"{count} frames of {width} x {height} pixels", limit)


def too_large(what: str, limit: float) -> InputError:
    """Return the error for a size of more than `limit` million pixels."""
    return InputError(
        f"{what} is more than the limit of {limit:g} megapixels",
        "Make it smaller, or raise max_megapixels if you trust the file.",
    )


def _free_memory() -> int:
    """Return the bytes that reading may use."""
    return max(_MIN_MEMORY, devices.free_memory(torch.device("cpu")))
