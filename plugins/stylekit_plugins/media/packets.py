"""Decoding packet by packet, past damaged data, with the packet of each frame."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import av
import numpy as np
from av.format import Flags

from stylekit_plugins.media.containers import check_frame_size, open_container, video_stream
from stylekit_plugins.media.timestamps import PartCounter

_MAX_ERRORS = 16
"""Consecutive errors without a packet that count as the end of a file."""

_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that read the alpha channel of .webm files; FFmpeg's own ignore it."""

_WORD = 8

_MAX_PENDING = 4096
"""Packets that are remembered until their frame appears: far more than any decoder delays."""


class Packet(NamedTuple):
    """The header of a packet.

    Attributes:
        part: of the file; see `PartCounter`.
        pts: presentation timestamp in time units of the stream; None: not stated.
        dts: decoding timestamp, likewise.
        position: of its first byte in the file, or None.
        size: in bytes.
        key: the file states that decoding can start here.
    """

    part: int
    pts: int | None
    dts: int | None
    position: int | None
    size: int
    key: bool


class Decoded(NamedTuple):
    """A decoded frame, and its packet, where the decoder reports it."""

    frame: Any
    packet: Packet | None

    def fingerprint(self) -> int:
        """Return a hash that is the same whenever this frame is decoded correctly."""
        where = (self.packet.position, self.packet.size) if self.packet else ()
        return hash((*where, *(_plane_sum(self.frame, plane) for plane in self.frame.planes)))


class Reader:
    """Decodes the frames of a file in presentation order.

    Args:
        single_threaded: makes decoding of a damaged file reproducible.
        max_megapixels: maximum size of a frame, in millions of pixels; None: already checked.

    Attributes:
        packets: number of packets read.
        errors: number of failures to read or decode; reading continues after each.

    Raises:
        InputError: the file is not a video, or its frames are too large.
        MemoryLimitError: its frames do not fit into the free memory.
    """

    def __init__(
        self, path: str, single_threaded: bool = False, max_megapixels: float | None = None
    ) -> None:
        self.container = open_container(path, max_megapixels)
        self.stream = video_stream(self.container, path)
        if max_megapixels is not None:
            check_frame_size(self.stream, path, max_megapixels)
        self.broadcast = bool(self.container.format.flags & Flags.ts_discont.value)
        self.time_base = Fraction(self.stream.time_base or Fraction(1, 90_000))
        self.packets = self.errors = 0
        self._packets_by_number: dict[int, Packet] = {}
        self._part_counter = PartCounter(self.time_base, self.broadcast)
        self._context = self._decoder()
        self._context.thread_type = "NONE" if single_threaded else "AUTO"

    def close(self) -> None:
        """Close the file."""
        self.container.close()

    def seek(self, packet: Packet) -> None:
        """Seek to a packet, or close to it.

        Raises:
            av.FFmpegError: the file does not support seeking.
        """
        if self.broadcast and packet.position is not None:
            # Timestamps are not unique, and not indexed.
            offset, by_bytes = packet.position, True
        else:
            stamp = packet.dts if packet.pts is None else packet.pts
            offset, by_bytes = stamp or 0, False
        self.container.seek(offset, stream=self.stream, unsupported_byte_offset=by_bytes)
        self._context.flush_buffers()

    def __iter__(self) -> Iterator[Decoded]:
        for packet in self._demux():
            self.packets += 1
            part = self._part_counter.number(packet.dts)
            self._packets_by_number[self.packets] = Packet(
                part, packet.pts, packet.dts, packet.pos, packet.size, packet.is_keyframe
            )
            self._packets_by_number.pop(self.packets - _MAX_PENDING, None)
            # A decoder copies a packet's pts to its frame. (PyAV's `opaque` would do, too, but its
            # threads wait for Python to free it, and Python waits for them to close the file.)
            packet.pts = self.packets
            yield from self._decode(packet)
        yield from self._decode(None)

    def _decode(self, packet: Any) -> Iterator[Decoded]:
        try:
            frames = self._context.decode(packet)
        except av.FFmpegError:
            self.errors += 1
            return
        for frame in frames:
            yield Decoded(frame, self._packets_by_number.get(frame.pts))

    def _demux(self) -> Iterator[Any]:
        failures = 0
        while failures < _MAX_ERRORS:
            try:
                for packet in self.container.demux(self.stream):
                    # The last packet is empty.
                    if packet.size:
                        failures = 0
                        yield packet
                return
            except av.FFmpegError:
                failures += 1
                self.errors += 1

    def _decoder(self) -> Any:
        context = self.stream.codec_context
        name = _WITH_ALPHA.get(context.name) if self.stream.metadata.get("alpha_mode") else None
        return av.CodecContext.create(name, "r") if name else context


def _plane_sum(frame: Any, plane: Any) -> int:
    """Return the sum of a plane's values, as eight-byte words where possible."""
    if plane.line_size <= 0:
        # A plane stored upside down, which PyAV's buffers do not support.
        return 0
    used = plane.width * _bytes_per_value(frame.format)
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, :used]
    if used >= _WORD:
        rows = rows[:, : used // _WORD * _WORD].view(np.uint64)
    return int(rows.sum(dtype=np.uint64))


def _bytes_per_value(pixels: Any) -> int:
    """Return the minimum bytes per pixel in a row of a plane."""
    if pixels.has_palette or not pixels.components:
        return 1
    return 2 if all(component.bits > 8 for component in pixels.components) else 1
