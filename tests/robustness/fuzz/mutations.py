"""Mutations of valid data: cut, split, repeated, overwritten, with values at their limits."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import strategies as st

EXTREMES = [
    number.to_bytes(size, order, signed=number < 0)  # type: ignore[arg-type]
    for size in (1, 2, 4, 8)
    for number in (0, 1, -1, 2 ** (8 * size - 1) - 1, -(2 ** (8 * size - 1)))
    for order in ("big", "little")
]
WORDS = [
    *(b"nan", b"-inf", b"1e999", b"null", b"[]", b"{}", b'""', b"-1", b"0", b"9" * 40, b"\\u0000"),
    *(b"../../../etc/passwd", b"/etc/passwd", b"~", b"*", b"%", b"%s", b"{0}", b"\x00", b"\xff"),
    *(b"cos\nsystem\n(S'true'\ntR.", b"\x80\x02cposix\nsystem\nX\x04\x00\x00\x00true\x85R."),
    *("ß中🎨".encode(), b",", b":", b"=", b".", b"@", b"[", b"]", b"'", b'"', b"\n", b"\r\n"),
]


@st.composite
def damaged(draw: st.DrawFn, seeds: Mapping[str, bytes]) -> tuple[str, bytes]:
    """Return a name and its data after a few changes."""
    name = draw(st.sampled_from(sorted(seeds)))
    data = bytearray(seeds[name])
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 16)))
        change = draw(st.sampled_from(("flip", "put", "insert", "cut", "repeat", "end", "random")))
        piece = draw(st.sampled_from(EXTREMES + WORDS))
        if change == "flip" and start < len(data):
            data[start] ^= 1 << draw(st.integers(0, 7))
        elif change == "put":
            data[start : start + len(piece)] = piece
        elif change == "insert":
            data[start:start] = piece
        elif change == "cut":
            del data[start:end]
        elif change == "repeat":
            data[start:start] = data[start:end] * draw(st.integers(1, 20))
        elif change == "end":
            del data[start:]
        elif change == "random":
            data[start:end] = draw(st.binary(max_size=16))
    return name, bytes(data)
