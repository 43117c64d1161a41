"""Decoding packet by packet: on past what is damaged, and each frame known by its packet."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import av
import numpy as np
from av.format import Flags

from stylekit_plugins.media.containers import check_frame_size, opened, video_stream
from stylekit_plugins.media.timing import Parts

_PATIENCE = 16
"""Errors in a row, without a packet between them, after which a file is at its end."""

_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that read the transparency of .webm files; FFmpeg's own do not."""

_WORD = 8

_REMEMBERED = 4096
"""Packets of which a decoder may still give the frame: far more than any keeps back."""


class Packet(NamedTuple):
    """What is known of a packet.

    Attributes:
        part: of the file, which counts its timestamps anew.
        pts: when it is shown, in units of the stream; None: the file does not say.
        dts: when it is decoded, likewise.
        position: of its first byte in the file, or None.
        size: in bytes.
        key: decoding can begin here, as the file says.
    """

    part: int
    pts: int | None
    dts: int | None
    position: int | None
    size: int
    key: bool


class Decoded(NamedTuple):
    """A decoded frame, and the packet that it was in, where the decoder says so."""

    frame: Any
    packet: Packet | None

    def mark(self) -> int:
        """Return a number that is the same whenever this frame of a file is decoded rightly."""
        where = (self.packet.position, self.packet.size) if self.packet else ()
        return hash((*where, *(_sum(self.frame, plane) for plane in self.frame.planes)))


class Reader:
    """Decodes the frames of a file in the order in which they are shown.

    Args:
        steady: decode in one thread: of a damaged file, the same frames come out each time.

        max_megapixels: millions of pixels that a frame may have; None: that is checked already.

    Attributes:
        packets: how many were read.
        errors: how many times the file could not be read or decoded; reading goes on past them.

    Raises:
        InputError: it is no video, or its frames are too large.
        MemoryLimitError: its frames do not fit into the memory that is free.
    """

    def __init__(
        self, path: str, steady: bool = False, max_megapixels: float | None = None
    ) -> None:
        self.container = opened(path, max_megapixels)
        self.stream = video_stream(self.container, path)
        if max_megapixels is not None:
            check_frame_size(self.stream, path, max_megapixels)
        self.broadcast = bool(self.container.format.flags & Flags.ts_discont.value)
        self.time_base = Fraction(self.stream.time_base or Fraction(1, 90_000))
        self.packets = self.errors = 0
        self._known: dict[int, Packet] = {}
        self._parts = Parts(self.time_base, self.broadcast)
        self._context = self._decoder()
        self._context.thread_type = "NONE" if steady else "AUTO"

    def close(self) -> None:
        """Close the file."""
        self.container.close()

    def seek(self, packet: Packet) -> None:
        """Go to a packet, or near to it.

        Raises:
            av.FFmpegError: that is impossible.
        """
        if self.broadcast and packet.position is not None:
            # Timestamps may occur several times, and are not indexed.
            offset, by_bytes = packet.position, True
        else:
            stamp = packet.dts if packet.pts is None else packet.pts
            offset, by_bytes = stamp or 0, False
        self.container.seek(offset, stream=self.stream, unsupported_byte_offset=by_bytes)
        self._context.flush_buffers()

    def __iter__(self) -> Iterator[Decoded]:
        for packet in self._demuxed():
            self.packets += 1
            part = self._parts.number(packet.dts)
            self._known[self.packets] = Packet(
                part, packet.pts, packet.dts, packet.pos, packet.size, packet.is_keyframe
            )
            self._known.pop(self.packets - _REMEMBERED, None)
            # A decoder hands a packet's pts to its frame as it is. (PyAV's `opaque` does the same,
            # but its threads wait for Python to free it, and Python for them to close the file.)
            packet.pts = self.packets
            yield from self._decoded(packet)
        yield from self._decoded(None)

    def _decoded(self, packet: Any) -> Iterator[Decoded]:
        try:
            frames = self._context.decode(packet)
        except av.FFmpegError:
            self.errors += 1
            return
        for frame in frames:
            yield Decoded(frame, self._known.get(frame.pts))

    def _demuxed(self) -> Iterator[Any]:
        failures = 0
        while failures < _PATIENCE:
            try:
                for packet in self.container.demux(self.stream):
                    # The last one is empty.
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


def _sum(frame: Any, plane: Any) -> int:
    """Return the sum of a plane's values, eight bytes at a time."""
    if plane.line_size <= 0:
        # Stored upside down, which PyAV's buffers do not allow for.
        return 0
    used = plane.width * _bytes_per_value(frame.format)
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, :used]
    if used >= _WORD:
        rows = rows[:, : used // _WORD * _WORD].view(np.uint64)
    return int(rows.sum(dtype=np.uint64))


def _bytes_per_value(pixels: Any) -> int:
    """Return how many bytes a pixel takes in a row of a plane, at least."""
    if pixels.has_palette or not pixels.components:
        return 1
    return 2 if all(component.bits > 8 for component in pixels.components) else 1
