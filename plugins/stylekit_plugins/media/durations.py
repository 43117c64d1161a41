"""How long the frames of an animation are shown, read from the file without decoding a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_GRAPHIC_CONTROL = 0xF9


def durations(source: str) -> list[int]:
    """Return the milliseconds of each frame of a GIF or WebP file, 0 where it names none.

    Of files of other kinds, and of WebP files that hold a single image, it is empty.

    Raises:
        EOFError: the file ends inside a frame.
    """
    with Path(source).open("rb") as file:
        head = file.read(12)
        for kind, read in _READERS.items():
            if head[: len(kind)] == kind and (kind != b"RIFF" or head[8:] == b"WEBP"):
                file.seek(0)
                return list(read(file))
    return []


def _of_gif(file: BinaryIO) -> Iterator[int]:
    """Yield the durations of a GIF's frames; see GIF89a, appendix B."""
    head = _exactly(file, 13)
    _skip_colors(file, head[10])
    duration = 0
    while (mark := file.read(1)) and mark[0] != _TRAILER:
        if mark[0] == _EXTENSION:
            label = _exactly(file, 1)[0]
            first = _sub_blocks(file)
            if label == _GRAPHIC_CONTROL and len(first) >= 3:
                duration = 10 * int.from_bytes(first[1:3], "little")
        elif mark[0] == _IMAGE:
            _skip_colors(file, _exactly(file, 9)[8])
            _exactly(file, 1)
            _sub_blocks(file)
            yield duration
            duration = 0


def _of_webp(file: BinaryIO) -> Iterator[int]:
    """Yield the durations of a WebP's frames; see the container's specification, "Animation"."""
    file.seek(12)
    while len(head := file.read(8)) == 8:
        size = int.from_bytes(head[4:], "little")
        if head[:4] == b"ANMF":
            yield int.from_bytes(_exactly(file, 16)[12:15], "little")
            size -= 16
        file.seek(max(0, size + size % 2), 1)


_READERS: Mapping[bytes, Callable[[BinaryIO], Iterator[int]]] = {
    b"GIF87a": _of_gif,
    b"GIF89a": _of_gif,
    b"RIFF": _of_webp,
}


def _sub_blocks(file: BinaryIO) -> bytes:
    """Return the first of a chain of blocks, and leave the file behind them all."""
    first = b""
    while size := _exactly(file, 1)[0]:
        block = _exactly(file, size)
        first = first or block
    return first


def _skip_colors(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        _exactly(file, 3 * 2 ** ((flags & 7) + 1))


def _exactly(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise EOFError("it ends inside a frame")
    return data
