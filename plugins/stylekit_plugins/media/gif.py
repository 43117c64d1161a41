"""Writing of GIF files frame by frame: Pillow encodes images, this module the blocks of GIF89a."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from PIL import GifImagePlugin, Image

Values: TypeAlias = np.ndarray[Any, Any]

_OPAQUE = 128
"""Minimum alpha of visible pixels: GIF has no partial transparency."""

_TRANSPARENT = 255
"""Palette index of transparent pixels, reserved in every frame."""

_MAX_DELAY = 0xFFFF
"""Maximum duration of a frame, in hundredths of a second."""


def write_gif(path: str, frames: Iterable[Values], delays: Sequence[int], plays: int) -> None:
    """Write an animation, with at most three frames in memory.

    Args:
        frames: each (H, W, 3) or (H, W, 4), uint8.
        delays: duration of each frame, in hundredths of a second.
        plays: repetitions of the whole animation; 0: forever.
    """
    with Path(path).open("wb") as file:
        pending: _EncodedFrame | None = None
        shown = 0
        for block, delay in zip(_encoded_frames(frames), delays, strict=True):
            if block is None:
                shown += delay
                continue
            file.write(_header(block, plays) if pending is None else pending.data(shown))
            pending, shown = block, delay
        if pending is not None:
            file.write(pending.data(shown))
        file.write(b";")


@dataclass(frozen=True)
class _EncodedFrame:
    """A frame of a file, or the part of it that changes.

    Attributes:
        clears: the canvas is cleared after the frame, because pixels of this frame or the next one
            are transparent.
    """

    clears: bool
    width: int
    height: int
    image: bytes

    def data(self, delay: int) -> bytes:
        """Return the frame with its duration, in hundredths of a second; see GIF89a, 23."""
        disposal = 2 if self.clears else 1
        flags = disposal << 2 | 1
        shown = min(delay, _MAX_DELAY).to_bytes(2, "little")
        return b"!\xf9\x04" + bytes((flags,)) + shown + bytes((_TRANSPARENT, 0)) + self.image


def _header(first: _EncodedFrame, plays: int) -> bytes:
    size = first.width.to_bytes(2, "little") + first.height.to_bytes(2, "little")
    head = b"GIF89a" + size + b"\x70\0\0"
    if plays == 1:
        return head
    repeats = min(max(plays - 1, 0), 0xFFFF)
    return head + b"!\xff\x0bNETSCAPE2.0\x03\x01" + repeats.to_bytes(2, "little") + b"\0"


def _encoded_frames(frames: Iterable[Values]) -> Iterator[_EncodedFrame | None]:
    """Encode each frame, or the part of it that changes; None where nothing changes."""
    before: Values | None = None
    for now, after in pairwise(chain(frames, (None,))):
        assert now is not None
        clears = _is_transparent(now) or (after is not None and _is_transparent(after))
        box = (0, 0, now.shape[1], now.shape[0])
        if before is not None and not clears:
            changed = (now[..., :3] != before[..., :3]).any(2)
            if not changed.any():
                yield None
                continue
            box = Image.fromarray(changed).getbbox() or box
        left, top, right, bottom = box
        image = _encode(now[top:bottom, left:right], (left, top))
        yield _EncodedFrame(clears, right, bottom, image)
        before = None if clears else now


def _is_transparent(values: Values) -> bool:
    return values.shape[2] == 4 and bool((values[..., 3] < _OPAQUE).any())


def _encode(values: Values, offset: tuple[int, int]) -> bytes:
    """Encode an image with a palette of its visible colors."""
    colors = values[..., :3]
    hidden = values[..., 3] < _OPAQUE if _is_transparent(values) else None
    if hidden is not None and not hidden.all():
        colors = np.where(hidden[..., None], colors[~hidden][0], colors)
    image = Image.fromarray(np.ascontiguousarray(colors)).quantize(_TRANSPARENT)
    palette = bytes(image.getpalette() or b"").ljust(768, b"\0")
    indices = np.asarray(image)
    if hidden is not None:
        indices = np.where(hidden, _TRANSPARENT, indices).astype(np.uint8)
    whole = Image.fromarray(indices)
    whole.putpalette(palette)
    return b"".join(GifImagePlugin.getdata(whole, offset, include_color_table=True))
