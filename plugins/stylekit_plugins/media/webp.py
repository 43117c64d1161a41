"""The size of a WebP image, read from its header, because opening a decoder allocates memory."""

from __future__ import annotations


def canvas(head: bytes) -> tuple[int, int] | None:
    """Return (width, height) as the first 30 bytes of a WebP file state them; None for other files.

    See the container's specification, "Extended File Format", and RFC 6386, section 9.1.
    """
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP" or len(head) < 30:
        return None
    if head[12:16] == b"VP8X":
        return 1 + _number(head[24:27]), 1 + _number(head[27:30])
    if head[12:16] == b"VP8L":
        bits = _number(head[21:25])
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return _number(head[26:28]) & 0x3FFF, _number(head[28:30]) & 0x3FFF


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little")
