"""Deinterlacing by FFmpeg's bwdif, without a change of the number of frames."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
import av.filter

from stylekit_plugins.media.packets import Decoded

NEIGHBORS = 1
"""Frames on each side that a deinterlaced frame depends on."""

_UNIT = Fraction(1, 1000)
_MIN_SIZE = (3, 4)
"""Minimum width and height in pixels for the filter."""


def can_deinterlace(frame: Any) -> bool:
    """Return whether a frame is interlaced and large enough for the filter."""
    width, height = _MIN_SIZE
    return bool(frame.interlaced_frame) and frame.width >= width and frame.height >= height


def deinterlace(frames: Iterator[tuple[int, Decoded]]) -> Iterator[tuple[int, Any]]:
    """Yield frames with their numbers; those not marked as interlaced are unchanged.

    The first one is left out unless its number is 0, because it depends on the previous frame.
    """
    graph: Any = None
    first, frame_format = 0, None
    for number, decoded in frames:
        if frame_format != (decoded.frame.width, decoded.frame.height, decoded.frame.format.name):
            if graph is not None:
                graph.push(None)
                yield from _pull(graph, first)
            # The first frame of another format has no previous frame to depend on.
            first = number if graph is None else number - NEIGHBORS
            frame_format = (decoded.frame.width, decoded.frame.height, decoded.frame.format.name)
            graph = _graph(decoded.frame)
        decoded.frame.pts, decoded.frame.time_base = number, _UNIT
        graph.push(decoded.frame)
        yield from _pull(graph, first)
    if graph is not None:
        graph.push(None)
        yield from _pull(graph, first)


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


def _pull(graph: Any, first: int) -> Iterator[tuple[int, Any]]:
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        number = round(frame.pts * frame.time_base / _UNIT)
        if number >= first + NEIGHBORS or number == 0:
            yield number, frame
