"""How much memory the training of a clip takes: by the size of its frames, and their number."""

from __future__ import annotations

from stylekit.errors import MemoryLimitError

_FIXED = 128.0 * 2**20
"""Bytes of the common model, its gradient and its moments, and of what libraries take."""

_PER_PIXEL = 8000.0
"""Bytes of a step for each pixel of a frame: two frames, painted by both models, through the
network of the losses and back. Measured in float32 with VGG-19 (160 x 88 and 320 x 176): 7800."""

_PER_FRAME = 4096.0
"""Bytes that a frame of any size takes: what is trained of it, and what is known of its scene."""


def check_memory(width: int, height: int, count: int, memory: int) -> None:
    """Refuse a clip of `count` frames of a size for which there is too little memory.

    Args:
        memory: bytes that may be used.

    Raises:
        MemoryLimitError: a frame is too large, or there are too many; it says what fits.
    """
    step, known = _FIXED + _PER_PIXEL * width * height, _PER_FRAME * count
    if step + known <= memory:
        return
    needed = (
        f"A clip of {count} frames of {width}x{height} px needs about {(step + known) / 2**30:.2g} "
        f"GiB of memory, and {memory / 2**30:.2g} GiB are free."
    )
    if step + _PER_FRAME <= memory:
        fit = int((memory - step) / _PER_FRAME)
        raise MemoryLimitError(needed, f"Make it in parts of up to {fit} frames.")
    room = max(0.0, (memory - _FIXED - known) / (_PER_PIXEL * width * height))
    side = int(max(width, height) * room**0.5) // 16 * 16
    raise MemoryLimitError(needed, f"--size {side} fits." if side else "No size fits.")
