"""Looking through a video file once: the one list of frames that all reading goes by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
from av.format import Flags

from stylekit.errors import InputError
from stylekit_plugins.media.containers import opened
from stylekit_plugins.media.interlacing import can_deinterlace
from stylekit_plugins.media.pixels import is_hdr, is_transparent
from stylekit_plugins.media.reading import Decoded, Packet, Reader
from stylekit_plugins.media.timing import in_units, increasing

_SLACK = Fraction(1, 2)
"""Seconds by which a file's length may be wrong."""

_NEARLY = Fraction(3, 2)
"""Frames by which the end may differ from what an index of all frames says."""

_CLOSE = Fraction(1, 10)
"""Part by which a stated frame rate may differ from the one seen."""

_ASPECTS = (Fraction(1, 4), Fraction(4))
"""Shapes of pixels that are taken seriously."""


@dataclass(frozen=True)
class Video:
    """A video file, looked through.

    Attributes:
        path: where it is.
        size: width and height of most of its frames in pixels of the file; others are scaled to it.
        time_base: seconds of one unit of time, exactly.
        moments: of the frames, in these units, from 0, increasing.
        last: how long the last frame is shown, in these units.
        rate: frames a second, on average.
        aspect: width of a pixel in the file relative to its height; frames are read square.
        turns: quarter turns against the clock until the image is upright.
        notes: what the user should know.
        marks: of each frame what it is recognized by; see `Decoded.mark`.
        entries: numbers of frames where decoding can begin, and the packets to seek for that.
        moved: seconds to add to the file's own timestamps, for each of its parts; see `Parts`.
        broadcast: the container allows timestamps that begin anew.
        interlaced: some frames are, and are deinterlaced.
        damaged: it has to be decoded in one thread to give the same frames each time.
    """

    path: str
    size: tuple[int, int]
    time_base: Fraction
    moments: tuple[int, ...]
    last: int
    rate: Fraction
    aspect: Fraction
    turns: int
    notes: tuple[str, ...]
    marks: tuple[int, ...]
    entries: tuple[tuple[int, Packet], ...]
    moved: tuple[Fraction, ...]
    broadcast: bool
    interlaced: bool
    damaged: bool

    def time(self, index: int) -> float:
        """Return the moment of a frame in seconds, from the first frame on."""
        return float(self.moments[index] * self.time_base)


def look_through(path: str, max_megapixels: float) -> Video:
    """Decode a file once, to know every frame before any work is done.

    What cannot be decoded is left out, with a note.

    Args:
        max_megapixels: millions of pixels that a frame may have.

    Raises:
        InputError: it has no frame that can be read, transparency, or frames that are too large.
        MemoryLimitError: its frames do not fit into the memory that is free.
    """
    look = _Look(path, max_megapixels, steady=False)
    if look.reader.errors or look.corrupt:
        # Several threads may lose other frames each time.
        look.reader.close()
        look = _Look(path, max_megapixels, steady=True)
    try:
        return look.video()
    finally:
        look.reader.close()


@dataclass
class _Look:
    """What one pass over a file sees."""

    path: str
    max_megapixels: float
    steady: bool
    reader: Reader = field(init=False)
    first: Any = None
    corrupt: bool = False
    interlaced: bool = False
    errors_inside: int = 0
    last: int = 0
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    packets: list[Packet | None] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reader = Reader(self.path, self.steady, self.max_megapixels)
        for decoded in self.reader:
            self._see(decoded)

    def _see(self, decoded: Decoded) -> None:
        frame = decoded.frame
        if self.first is None:
            self.first = frame
        self.sizes[frame.width, frame.height] += 1
        if is_transparent(frame):
            raise InputError(
                f"Cannot read {self.path}: it has transparent parts, which clips cannot keep.",
                "Put it on a background first, or stylize its frames as a folder of PNG files.",
            )
        self.corrupt |= frame.is_corrupt
        self.interlaced |= can_deinterlace(frame)
        self.errors_inside = self.reader.errors
        self.last = frame.duration or 0
        self.packets.append(decoded.packet)
        self.marks.append(decoded.mark())

    def video(self) -> Video:
        """Return what was seen.

        Raises:
            InputError: there was no frame.
        """
        if self.first is None:
            raise InputError(
                f"Cannot read {self.path}: there is no frame in it that can be read.",
                "Get the file again, or convert it anew.",
            )
        stream, unit = self.reader.stream, self.reader.time_base
        stated = Fraction(stream.average_rate or stream.guessed_rate or 25)
        times, moved = increasing(self._stamps(), 1 / (stated * unit))
        last = self.last or (times[-1] - times[-2] if len(times) > 1 else 1 / (stated * unit))
        time_base, (*moments, end) = in_units([*times, times[-1] + last], unit)
        turns, odd = divmod(self.first.rotation, 90)
        aspect = Fraction(stream.sample_aspect_ratio or 1) or Fraction(1)
        return Video(
            path=self.path,
            size=self._size,
            time_base=time_base,
            moments=tuple(moments),
            last=end - moments[-1],
            rate=_rate(stated, len(times), times[-1] * unit),
            aspect=aspect if _ASPECTS[0] <= aspect <= _ASPECTS[1] else Fraction(1),
            turns=0 if odd else turns % 4,
            notes=tuple(self._notes((times[-1] + last) * unit, -moved[0] * unit)),
            marks=tuple(self.marks),
            entries=tuple(
                (number, packet)
                for number, packet in enumerate(self.packets)
                if packet is not None and packet.key
            ),
            moved=tuple(shift * unit for shift in moved),
            broadcast=self.reader.broadcast,
            interlaced=self.interlaced,
            damaged=self.steady,
        )

    @property
    def _size(self) -> tuple[int, int]:
        """The size of most frames; of several, the first."""
        return self.sizes.most_common(1)[0][0]

    def _stamps(self) -> list[tuple[int, int | None]]:
        """Return the part and the timestamp of each frame; where few say when, by their order."""
        packets = self.packets
        by_pts = 2 * sum(p is not None and p.pts is not None for p in packets) >= len(packets)
        return [
            (0, None) if packet is None else (packet.part, packet.pts if by_pts else packet.dts)
            for packet in packets
        ]

    def _notes(self, length: Fraction, begins: Fraction) -> Iterator[str]:
        count = len(self.marks)
        if self.errors_inside:
            packets = max(self.reader.packets, self.reader.stream.frames)
            yield (
                f"{self.path} is damaged: {count} of {packets} frames can be decoded; the others "
                "are left out."
            )
        if self._ends_early(begins + length):
            promised = self.reader.stream.frames
            of = f" of {promised}" if promised > count else ""
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
            yield f"{self.path} is to be turned by {odd} degrees, which is not done."

    def _ends_early(self, end: Fraction) -> bool:
        """Return whether a file has much less in it than it says."""
        container, stream = self.reader.container, self.reader.stream
        if self.reader.broadcast or container.format.flags & Flags.no_timestamps.value:
            # The length is only guessed from what is there.
            return False
        if "mp4" in container.format.name and self.reader.packets < stream.frames:
            # Its index has every frame.
            ends = ((stream.start_time or 0) + (stream.duration or 0)) * self.reader.time_base
            frame = 1 / Fraction(stream.average_rate or 25)
            if end < ends - _NEARLY * frame:
                return True
        begins = Fraction(container.start_time or 0, av.time_base)
        promised = begins + Fraction(container.duration or 0, av.time_base) - _SLACK
        # The sound may be meant to last longer than the images.
        return end < promised and _sound_ends(container, self.path) < promised


def _sound_ends(container: Any, path: str) -> Fraction:
    """Return when the sound ends, in seconds; 0 where there is none."""
    if not container.streams.audio:
        return Fraction(0)
    with opened(path) as again:
        packets = again.demux(again.streams.audio)
        sound = [p.dts * Fraction(p.time_base) for p in packets if p.dts is not None]
    return max(sound, default=Fraction(0))


def _rate(stated: Fraction, count: int, until: Fraction) -> Fraction:
    """Return frames a second: what the file states, unless its frames are far from that."""
    if count < 2:
        return stated
    seen = (count - 1) / until
    return stated if abs(stated / seen - 1) < _CLOSE else seen.limit_denominator(1001)
