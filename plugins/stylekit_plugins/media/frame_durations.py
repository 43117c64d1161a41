"""Durations of the frames of an animation, read without decoding a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import repeat
from pathlib import Path
from typing import BinaryIO

_IMAGE, _EXTENSION, _TRAILER = 0x2C, 0x21, 0x3B
_GRAPHIC_CONTROL = 0xF9


def frame_durations(source: str) -> list[float]:
    """Return the duration of each frame of an animation in milliseconds, 0 where it names none.

    The list is empty for a single image (one value for a GIF), and for a file that is not GIF,
    WebP, PNG or AVIF.

    Raises:
        EOFError: the file ends inside its first frame.
    """
    with Path(source).open("rb") as file:
        head = file.read(12)
        for kind, read in _READERS.items():
            if head.startswith(kind) and (kind != b"RIFF" or head[8:] == b"WEBP"):
                return _until_truncated(read, file)
        if head[4:8] == b"ftyp":
            return _until_truncated(_avif_durations, file)
    return []


def _until_truncated(read: Callable[[BinaryIO], Iterator[float]], file: BinaryIO) -> list[float]:
    """List the durations of all frames before the end of a file, which may be truncated."""
    file.seek(0)
    durations: list[float] = []
    try:
        for duration in read(file):
            durations.append(duration)
    except EOFError:
        if not durations:
            raise
    return durations


def _gif_durations(file: BinaryIO) -> Iterator[float]:
    """Yield the durations of a GIF's frames; see GIF89a, appendix B."""
    head = _read_exactly(file, 13)
    _skip_colors(file, head[10])
    duration = 0
    while (mark := file.read(1)) and mark[0] != _TRAILER:
        if mark[0] == _EXTENSION:
            label = _read_exactly(file, 1)[0]
            first = _sub_blocks(file)
            if label == _GRAPHIC_CONTROL and len(first) >= 3:
                duration = 10 * int.from_bytes(first[1:3], "little")
        elif mark[0] == _IMAGE:
            _skip_colors(file, _read_exactly(file, 9)[8])
            _read_exactly(file, 1)
            _sub_blocks(file)
            yield duration
            duration = 0


def _webp_durations(file: BinaryIO) -> Iterator[float]:
    """Yield the durations of a WebP's frames; see the container's specification, "Animation"."""
    file.seek(12)
    while len(head := file.read(8)) == 8:
        size = int.from_bytes(head[4:], "little")
        if head[:4] == b"ANMF":
            yield int.from_bytes(_read_exactly(file, 16)[12:15], "little")
            size -= 16
        file.seek(max(0, size + size % 2), 1)


def _png_durations(file: BinaryIO) -> Iterator[float]:
    """Yield the durations of an APNG's frames; see PNG's third edition, 11.3.6."""
    file.seek(8)
    while len(head := file.read(8)) == 8:
        size, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind == b"fcTL":
            data = _read_exactly(file, 26)
            numerator, denominator = (
                int.from_bytes(data[20:22], "big"),
                int.from_bytes(data[22:24], "big"),
            )
            yield 1000 * numerator / (denominator or 100)
            size -= 26
        file.seek(size + 4, 1)


def _avif_durations(file: BinaryIO) -> Iterator[float]:
    """Yield the durations of the frames of an AVIF sequence; see ISO/IEC 14496-12, 8.6.1.2."""
    file.seek(0, 2)
    tables = _boxes(file, 0, file.tell(), [b"moov", b"trak", b"mdia"])
    for start, end in tables:
        header = next(_boxes(file, start, end, [b"mdhd"]), None)
        times = next(_boxes(file, start, end, [b"minf", b"stbl", b"stts"]), None)
        if header is None or times is None:
            return
        file.seek(header[0])
        head = _read_exactly(file, 24)
        scale = int.from_bytes(head[20:24] if head[0] == 1 else head[12:16], "big")
        file.seek(times[0] + 4)
        stated = int.from_bytes(_read_exactly(file, 4), "big")
        for _ in range(min(stated, (times[1] - times[0]) // 8)):
            entry = _read_exactly(file, 8)
            duration = 1000 * int.from_bytes(entry[4:], "big") / (scale or 1000)
            yield from repeat(duration, min(int.from_bytes(entry[:4], "big"), _MAX_FRAMES))
        # The second track is the transparency of the first.
        return


def _boxes(file: BinaryIO, start: int, end: int, path: list[bytes]) -> Iterator[tuple[int, int]]:
    """Yield the start and the end of the contents of boxes at a path of nested types."""
    while start + 8 <= end:
        file.seek(start)
        head = _read_exactly(file, 8)
        size = int.from_bytes(head[:4], "big") or end - start
        if size < 8:
            return
        if head[4:] == path[0]:
            inside = start + 8, min(start + size, end)
            if len(path) == 1:
                yield inside
            else:
                yield from _boxes(file, *inside, path[1:])
        start += size


_MAX_FRAMES = 1_000_000
"""Maximum plausible number of frames of one duration in a table."""

_READERS: Mapping[bytes, Callable[[BinaryIO], Iterator[float]]] = {
    b"GIF87a": _gif_durations,
    b"GIF89a": _gif_durations,
    b"RIFF": _webp_durations,
    b"\x89PNG\r\n\x1a\n": _png_durations,
}


def _sub_blocks(file: BinaryIO) -> bytes:
    """Return the first of a chain of blocks, and skip the others."""
    first = b""
    while size := _read_exactly(file, 1)[0]:
        block = _read_exactly(file, size)
        first = first or block
    return first


def _skip_colors(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        _read_exactly(file, 3 * 2 ** ((flags & 7) + 1))


def _read_exactly(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise EOFError("the file ends inside a frame")
    return data
