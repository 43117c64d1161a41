"""Interlaced video, deinterlaced by FFmpeg's bwdif: as many frames as before."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import av.filter

from stylekit_plugins.media.reading import Decoded

NEIGHBORS = 1
"""Frames on each side that a deinterlaced frame depends on."""

_UNIT = Fraction(1, 1000)
_LEAST = (3, 4)
"""Width and height in pixels that the filter needs."""


def can_deinterlace(frame: Any) -> bool:
    """Return whether a frame is interlaced and large enough for the filter."""
    return bool(frame.interlaced_frame) and frame.width >= _LEAST[0] and frame.height >= _LEAST[1]


def deinterlaced(frames: Iterator[tuple[int, Decoded]]) -> Iterator[tuple[int, Any]]:
    """Yield frames with their numbers; those that are not marked as interlaced are unchanged.

    The first one is left out unless its number is 0: it would lack the frame before it.
    """
    graph: Any = None
    first, kind = 0, None
    for number, decoded in frames:
        if kind != (decoded.frame.width, decoded.frame.height, decoded.frame.format.name):
            if graph is not None:
                graph.push(None)
                yield from _pulled(graph, first)
            # Where frames of another kind begin, there is none before the first one.
            first = number if graph is None else number - NEIGHBORS
            kind = (decoded.frame.width, decoded.frame.height, decoded.frame.format.name)
            graph = _graph(decoded.frame)
        decoded.frame.pts, decoded.frame.time_base = number, _UNIT
        graph.push(decoded.frame)
        yield from _pulled(graph, first)
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph, first)


def _graph(frame: Any) -> Any:
    graph = av.filter.Graph()
    graph.link_nodes(
        graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=_UNIT
        ),
        graph.add("bwdif", "mode=send_frame:deint=interlaced"),
        graph.add("buffersink"),
    ).configure()
    return graph


def _pulled(graph: Any, first: int) -> Iterator[tuple[int, Any]]:
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        number = round(frame.pts * frame.time_base / _UNIT)
        if number >= first + NEIGHBORS or number == 0:
            yield number, frame
