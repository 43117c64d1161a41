"""Memory that `dual` needs, by the size and the number of the frames."""

from __future__ import annotations

from stylekit.errors import MemoryLimitError

_FIXED = 128.0 * 2**20
"""Bytes of the common network, its gradient and optimizer state, and of the libraries."""

_PER_PIXEL = 8000.0
"""Bytes of a training step per pixel of a frame: two frames, rendered by both models and judged by
the loss network (VGG-19 in float32; see `benchmarks/notes/video.md`)."""

_PER_FRAME = 4096.0
"""Bytes per frame of any size: its trained values and its scene."""


def check_memory(width: int, height: int, count: int, memory: int) -> None:
    """Refuse a video of `count` frames that does not fit into memory.

    Args:
        memory: bytes that may be used.

    Raises:
        MemoryLimitError: a frame is too large, or there are too many; the hint says what fits.
    """
    step, frames = _FIXED + _PER_PIXEL * width * height, _PER_FRAME * count
    if step + frames <= memory:
        return
    message = (
        f"A video of {count} frames of {width}x{height} px needs about "
        f"{(step + frames) / 2**30:.2g} GiB of memory, but only {memory / 2**30:.2g} GiB are free."
    )
    if step + _PER_FRAME <= memory:
        max_count = int((memory - step) / _PER_FRAME)
        raise MemoryLimitError(message, f"Split it into parts of up to {max_count} frames.")
    scale = max(0.0, (memory - _FIXED - frames) / (_PER_PIXEL * width * height))
    side = int(max(width, height) * scale**0.5) // 16 * 16
    raise MemoryLimitError(message, f"--size {side} fits." if side else "No size fits.")
