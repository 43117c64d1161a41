"""One pass over a video file that lists its frames; all later reading relies on this list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
from av.format import Flags

from stylekit.errors import InputError
from stylekit_plugins.media.containers import open_container
from stylekit_plugins.media.interlacing import can_deinterlace
from stylekit_plugins.media.packets import Decoded, Packet, Reader
from stylekit_plugins.media.pixels import is_hdr, is_transparent
from stylekit_plugins.media.timestamps import increasing_timestamps, to_integer_units
from stylekit_plugins.media.video_facts import Video

_DURATION_TOLERANCE = Fraction(1, 2)
"""Tolerance in seconds of the duration that a file states."""

_END_TOLERANCE = Fraction(3, 2)
"""Tolerance in frames of the end that an index of all frames implies."""

_RATE_TOLERANCE = Fraction(1, 10)
"""Relative tolerance of the frame rate that a file states."""

_ASPECTS = (Fraction(1, 4), Fraction(4))
"""Plausible range of pixel aspect ratios; others are ignored."""


def probe(path: str, max_megapixels: float) -> Video:
    """Decode a file once, to know every frame before stylization starts.

    Frames that cannot be decoded are left out, with a note.

    Args:
        max_megapixels: maximum size of a frame, in millions of pixels.

    Raises:
        InputError: the file has no readable frame, transparency, or frames that are too large.
        MemoryLimitError: its frames do not fit into the free memory.
    """
    single_pass = _Probe(path, max_megapixels, single_threaded=False)
    if single_pass.reader.errors or single_pass.corrupt:
        # Several threads may lose different frames each time.
        single_pass.reader.close()
        single_pass = _Probe(path, max_megapixels, single_threaded=True)
    try:
        return single_pass.video()
    finally:
        single_pass.reader.close()


@dataclass
class _Probe:
    """The observations of one pass over a file."""

    path: str
    max_megapixels: float
    single_threaded: bool
    reader: Reader = field(init=False)
    first: Any = None
    corrupt: bool = False
    interlaced: bool = False
    errors_inside: int = 0
    last: int = 0
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    packets: list[Packet | None] = field(default_factory=list)
    fingerprints: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reader = Reader(self.path, self.single_threaded, self.max_megapixels)
        for decoded in self.reader:
            self._add(decoded)

    def _add(self, decoded: Decoded) -> None:
        frame = decoded.frame
        if self.first is None:
            self.first = frame
        self.sizes[frame.width, frame.height] += 1
        if is_transparent(frame):
            raise InputError(
                f"Cannot read {self.path}: it has transparent parts, which videos cannot keep.",
                "Add a background first, or stylize its frames as a folder of PNG files.",
            )
        self.corrupt |= frame.is_corrupt
        self.interlaced |= can_deinterlace(frame)
        self.errors_inside = self.reader.errors
        self.last = frame.duration or 0
        self.packets.append(decoded.packet)
        self.fingerprints.append(decoded.fingerprint())

    def video(self) -> Video:
        """Build the probed video.

        Raises:
            InputError: no frame was decoded.
        """
        if self.first is None:
            raise InputError(
                f"Cannot read {self.path}: it contains no readable frame.",
                "Download or copy it again, or convert it again.",
            )
        stream, unit = self.reader.stream, self.reader.time_base
        stated = Fraction(stream.average_rate or stream.guessed_rate or 25)
        times, time_offsets = increasing_timestamps(self._part_timestamps(), 1 / (stated * unit))
        last = self.last or (times[-1] - times[-2] if len(times) > 1 else 1 / (stated * unit))
        time_base, (*timestamps, end) = to_integer_units([*times, times[-1] + last], unit)
        quarter_turns, odd = divmod(self.first.rotation, 90)
        aspect = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
        return Video(
            path=self.path,
            size=self._size,
            time_base=time_base,
            timestamps=tuple(timestamps),
            last_duration=end - timestamps[-1],
            frame_rate=_frame_rate(stated, len(times), times[-1] * unit),
            aspect=aspect if _ASPECTS[0] <= aspect <= _ASPECTS[1] else Fraction(1),
            quarter_turns=0 if odd else quarter_turns % 4,
            notes=tuple(self._notes((times[-1] + last) * unit, -time_offsets[0] * unit)),
            fingerprints=tuple(self.fingerprints),
            keyframes=tuple(
                (number, packet)
                for number, packet in enumerate(self.packets)
                if packet is not None and packet.key
            ),
            time_offsets=tuple(shift * unit for shift in time_offsets),
            broadcast=self.reader.broadcast,
            interlaced=self.interlaced,
            damaged=self.single_threaded,
        )

    @property
    def _size(self) -> tuple[int, int]:
        """The most frequent frame size; of several, the first."""
        return self.sizes.most_common(1)[0][0]

    def _part_timestamps(self) -> list[tuple[int, int | None]]:
        """Return the part and the timestamp of each frame; where few have a pts, the dts."""
        packets = self.packets
        by_pts = 2 * sum(p is not None and p.pts is not None for p in packets) >= len(packets)
        return [
            (0, None) if packet is None else (packet.part, packet.pts if by_pts else packet.dts)
            for packet in packets
        ]

    def _notes(self, length: Fraction, begins: Fraction) -> Iterator[str]:
        count = len(self.fingerprints)
        if self.errors_inside:
            packets = max(self.reader.packets, self.reader.stream.frames)
            yield (
                f"{self.path} is damaged: {count} of {packets} frames can be decoded; the others "
                "are left out."
            )
        if self._ends_early(begins + length):
            stated_count = self.reader.stream.frames
            of = f" of {stated_count}" if stated_count > count else ""
            yield (
                f"{self.path} is cut off or damaged: the first {count}{of} frames are used, "
                f"{float(length):.1f} s."
            )
        if others := count - self.sizes[self._size]:
            width, height = self._size
            yield (
                f"{self.path} has frames of several sizes: {others} of {count} are scaled to "
                f"{width} x {height} pixels."
            )
        if is_hdr(self.first):
            yield f"{self.path} has a high dynamic range; it is mapped to sRGB."
        if self.interlaced:
            yield f"{self.path} is interlaced; it is deinterlaced."
        if odd := self.first.rotation % 90:
            yield f"{self.path} is rotated by {odd} degrees; only quarter turns are applied."

    def _ends_early(self, end: Fraction) -> bool:
        """Return whether a file contains much less than it states."""
        container, stream = self.reader.container, self.reader.stream
        if self.reader.broadcast or container.format.flags & Flags.no_timestamps.value:
            # FFmpeg estimates the duration from the data that exists.
            return False
        if "mp4" in container.format.name and self.reader.packets < stream.frames:
            # The index lists every frame.
            ends = ((stream.start_time or 0) + (stream.duration or 0)) * self.reader.time_base
            frame = 1 / Fraction(stream.average_rate or 25)
            if end < ends - _END_TOLERANCE * frame:
                return True
        begins = Fraction(container.start_time or 0, av.time_base)
        stated_end = begins + Fraction(container.duration or 0, av.time_base) - _DURATION_TOLERANCE
        # The audio may intentionally be longer than the video.
        return end < stated_end and _audio_end(container, self.path) < stated_end


def _audio_end(container: Any, path: str) -> Fraction:
    """Return the end of the audio in seconds; 0 where there is none."""
    if not container.streams.audio:
        return Fraction(0)
    with open_container(path) as again:
        packets = again.demux(again.streams.audio)
        audio = [p.dts * Fraction(p.time_base) for p in packets if p.dts is not None]
    return max(audio, default=Fraction(0))


def _frame_rate(stated: Fraction, count: int, until: Fraction) -> Fraction:
    """Return frames per second: the stated rate, unless it is far from the measured one."""
    if count < 2:
        return stated
    measured = (count - 1) / until
    return (
        stated if abs(stated / measured - 1) < _RATE_TOLERANCE else measured.limit_denominator(1001)
    )
