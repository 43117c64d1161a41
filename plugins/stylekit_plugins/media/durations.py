"""How long the frames of an animation are shown, read from the file without decoding a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import repeat
from pathlib import Path
from typing import BinaryIO

_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_GRAPHIC_CONTROL = 0xF9


def durations(source: str) -> list[float]:
    """Return the milliseconds of each frame of an animation, 0 where it names none.

    Of files that are no GIF, WebP, PNG or AVIF, and of those that hold a single image, it is empty
    (of a GIF, one number).

    Raises:
        EOFError: the file ends inside its first frame.
    """
    with Path(source).open("rb") as file:
        head = file.read(12)
        for kind, read in _READERS.items():
            if head.startswith(kind) and (kind != b"RIFF" or head[8:] == b"WEBP"):
                return _whole(read, file)
        if head[4:8] == b"ftyp":
            return _whole(_of_avif, file)
    return []


def _whole(read: Callable[[BinaryIO], Iterator[float]], file: BinaryIO) -> list[float]:
    """List the durations of the frames before the end of a file that was cut off."""
    file.seek(0)
    found: list[float] = []
    try:
        for duration in read(file):
            found.append(duration)
    except EOFError:
        if not found:
            raise
    return found


def _of_gif(file: BinaryIO) -> Iterator[float]:
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


def _of_webp(file: BinaryIO) -> Iterator[float]:
    """Yield the durations of a WebP's frames; see the container's specification, "Animation"."""
    file.seek(12)
    while len(head := file.read(8)) == 8:
        size = int.from_bytes(head[4:], "little")
        if head[:4] == b"ANMF":
            yield int.from_bytes(_exactly(file, 16)[12:15], "little")
            size -= 16
        file.seek(max(0, size + size % 2), 1)


def _of_png(file: BinaryIO) -> Iterator[float]:
    """Yield the durations of an APNG's frames; see PNG's third edition, 11.3.6."""
    file.seek(8)
    while len(head := file.read(8)) == 8:
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind == b"fcTL":
            data = _exactly(file, 26)
            shown, of = int.from_bytes(data[20:22], "big"), int.from_bytes(data[22:24], "big")
            yield 1000 * shown / (of or 100)
            size -= 26
        file.seek(size + 4, 1)


def _of_avif(file: BinaryIO) -> Iterator[float]:
    """Yield the durations of the frames of an AVIF sequence; see ISO/IEC 14496-12, 8.6.1.2."""
    file.seek(0, 2)
    tables = _boxes(file, 0, file.tell(), [b"moov", b"trak", b"mdia"])
    for begin, end in tables:
        header = next(_boxes(file, begin, end, [b"mdhd"]), None)
        times = next(_boxes(file, begin, end, [b"minf", b"stbl", b"stts"]), None)
        if header is None or times is None:
            return
        file.seek(header[0])
        head = _exactly(file, 24)
        scale = int.from_bytes(head[20:24] if head[0] == 1 else head[12:16], "big")
        file.seek(times[0] + 4)
        for _ in range(min(int.from_bytes(_exactly(file, 4), "big"), (times[1] - times[0]) // 8)):
            entry = _exactly(file, 8)
            shown = 1000 * int.from_bytes(entry[4:], "big") / (scale or 1000)
            yield from repeat(shown, min(int.from_bytes(entry[:4], "big"), _MOST_FRAMES))
        # The second track is the transparency of the first.
        return


def _boxes(file: BinaryIO, begin: int, end: int, path: list[bytes]) -> Iterator[tuple[int, int]]:
    """Yield where the contents of boxes begin and end that lie in one another."""
    while begin + 8 <= end:
        file.seek(begin)
        head = _exactly(file, 8)
        size = int.from_bytes(head[:4], "big") or end - begin
        if size < 8:
            return
        if head[4:] == path[0]:
            inside = begin + 8, min(begin + size, end)
            if len(path) == 1:
                yield inside
            else:
                yield from _boxes(file, *inside, path[1:])
        begin += size


_MOST_FRAMES = 1_000_000
"""Frames of one duration that a table is believed to have."""

_READERS: Mapping[bytes, Callable[[BinaryIO], Iterator[float]]] = {
    b"GIF87a": _of_gif,
    b"GIF89a": _of_gif,
    b"RIFF": _of_webp,
    b"\x89PNG\r\n\x1a\n": _of_png,
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
