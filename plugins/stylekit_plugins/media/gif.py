"""Writing GIF files frame by frame: images by Pillow, the blocks between them as in GIF89a."""

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
"""Alpha from which a pixel is shown: a GIF has no half."""

_CLEAR = 255
"""The color of pixels that are not shown; always there, as Pillow looks at the first frame only."""

_LONGEST = 0xFFFF
"""Hundredths of a second that a frame may be shown."""


def write_gif(path: str, frames: Iterable[Values], delays: Sequence[int], plays: int) -> None:
    """Write an animation; no more than three frames are held.

    Args:
        frames: each (H, W, 3) or (H, W, 4), uint8.
        delays: how long each is shown, in hundredths of a second.
        plays: how often all is shown; 0: for ever.
    """
    with Path(path).open("wb") as file:
        waiting: _Block | None = None
        shown = 0
        for block, delay in zip(_blocks(frames), delays, strict=True):
            if block is None:
                shown += delay
                continue
            file.write(_head(block, plays) if waiting is None else waiting.data(shown))
            waiting, shown = block, delay
        if waiting is not None:
            file.write(waiting.data(shown))
        file.write(b";")


@dataclass(frozen=True)
class _Block:
    """A frame of a file, or the part of it that changes.

    Attributes:
        clears: after it nothing is left, as pixels are transparent here or in the next frame.
    """

    clears: bool
    width: int
    height: int
    image: bytes

    def data(self, delay: int) -> bytes:
        """Return it with how long it is shown, in hundredths of a second; see GIF89a, 23."""
        disposal = 2 if self.clears else 1
        flags = disposal << 2 | 1
        shown = min(delay, _LONGEST).to_bytes(2, "little")
        return b"!\xf9\x04" + bytes((flags,)) + shown + bytes((_CLEAR, 0)) + self.image


def _head(first: _Block, plays: int) -> bytes:
    size = first.width.to_bytes(2, "little") + first.height.to_bytes(2, "little")
    head = b"GIF89a" + size + b"\x70\0\0"
    if plays == 1:
        return head
    repeats = min(max(plays - 1, 0), 0xFFFF)
    return head + b"!\xff\x0bNETSCAPE2.0\x03\x01" + repeats.to_bytes(2, "little") + b"\0"


def _blocks(frames: Iterable[Values]) -> Iterator[_Block | None]:
    """Encode each frame, or what changes in it; None where it is the one before it."""
    before: Values | None = None
    for now, after in pairwise(chain(frames, (None,))):
        assert now is not None
        clears = _hides(now) or (after is not None and _hides(after))
        box = (0, 0, now.shape[1], now.shape[0])
        if before is not None and not clears:
            changed = (now[..., :3] != before[..., :3]).any(2)
            if not changed.any():
                yield None
                continue
            box = Image.fromarray(changed).getbbox() or box
        left, top, right, bottom = box
        image = _encoded(now[top:bottom, left:right], (left, top))
        yield _Block(clears, right, bottom, image)
        before = None if clears else now


def _hides(values: Values) -> bool:
    return values.shape[2] == 4 and bool((values[..., 3] < _OPAQUE).any())


def _encoded(values: Values, offset: tuple[int, int]) -> bytes:
    """Return an image with its own colors, which what is hidden takes no part in."""
    colors = values[..., :3]
    hidden = values[..., 3] < _OPAQUE if _hides(values) else None
    if hidden is not None and not hidden.all():
        colors = np.where(hidden[..., None], colors[~hidden][0], colors)
    image = Image.fromarray(np.ascontiguousarray(colors)).quantize(_CLEAR)
    palette = bytes(image.getpalette() or b"").ljust(768, b"\0")
    indices = np.asarray(image)
    if hidden is not None:
        indices = np.where(hidden, _CLEAR, indices).astype(np.uint8)
    whole = Image.fromarray(indices)
    whole.putpalette(palette)
    return b"".join(GifImagePlugin.getdata(whole, offset, include_color_table=True))
