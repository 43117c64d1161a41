"""Tracks besides the frames: audio, subtitles, attachments, chapters and metadata."""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Any

import av

from stylekit_plugins.media.containers import open_container, video_stream
from stylekit_plugins.media.sound import EncodedAudio
from stylekit_plugins.media.timestamps import PartCounter
from stylekit_plugins.media.video_facts import Video

_MIN_GAP = Fraction(1, 1000)
"""Minimum seconds between packets of a stream; they stay distinct in every container."""

_LEAD_IN = Fraction(1, 10)
"""Seconds of audio before the first frame that are kept: decoders need some to start."""

_TRIAL_PACKETS = 4
"""Audio packets that are written in a trial."""

_TITLES = ("language", "title", "handler_name")
"""Metadata of streams that also applies to copies."""

_TECHNICAL = frozenset(
    ("encoder", "duration", "major_brand", "minor_version", "compatible_brands", "software")
)
"""Metadata of a file that does not apply to another file."""


class Tracks:
    """Copies the other tracks of a source while its frames are written.

    Args:
        video: the source.
        out: the container to write, before its header is written.
        audio: copy audio tracks, too.

    Attributes:
        notes: sentences about tracks that are left out or re-encoded.
    """

    def __init__(self, video: Video, out: Any, audio: bool) -> None:
        self._video = video
        self._out = out
        self._source = open_container(video.path)
        self._copies: dict[int, Any] = {}
        self._encoded: dict[int, EncodedAudio] = {}
        self._next_dts: dict[int, int] = {}
        self._part = 0
        self._pending: Any = None
        omitted: Counter[str] = Counter()
        reencoded: list[str] = []
        video_index = video_stream(self._source, video.path).index
        for stream in self._source.streams:
            if stream.index == video_index or (stream.type == "audio" and not audio):
                continue
            if stream.discard == av.stream.Discard.all:
                # FFmpeg has read the titles of chapters already.
                continue
            self._add_stream(stream, omitted, reencoded)
        self._copy_metadata()
        copied = [self._source.streams[index] for index in (*self._copies, *self._encoded)]
        self._packets: Iterator[Any] = self._source.demux(copied) if copied else iter(())
        self._part_counters = {
            s.index: PartCounter(Fraction(s.time_base), video.broadcast) for s in copied
        }
        self.notes = [*reencoded, *self._omitted_note(omitted)]

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def add_chapters(self, until: Fraction | None) -> None:
        """Add the chapters that start before a time in seconds; None: all."""
        chapters = []
        for chapter in self._source.chapters():
            unit = Fraction(chapter["time_base"])
            begin, end = (
                max(Fraction(0), chapter[key] * unit + self._video.time_offsets[0])
                for key in ("start", "end")
            )
            if until is not None:
                end = min(end, until)
            if begin < end:
                times = {"start": round(begin * 1000), "end": round(end * 1000)}
                chapters.append({**chapter, **times, "time_base": Fraction(1, 1000)})
        if chapters:
            self._out.set_chapters(chapters)

    def copy(self, until: Fraction | None) -> None:
        """Write the packets that start before a time in seconds; None: all."""
        while self._pending is not None or self._read_packet():
            packet = self._pending
            if until is not None and _start(packet) >= until:
                return
            index = packet.stream.index
            if index in self._encoded:
                self._encoded[index].write(packet)
            else:
                packet.stream = self._copies[index]
                self._out.mux(packet)
            self._pending = None

    def finish(self) -> None:
        """Flush the audio encoders."""
        for encoded in self._encoded.values():
            encoded.finish()

    def _add_stream(self, stream: Any, omitted: Counter[str], reencoded: list[str]) -> None:
        """Add a stream to the output, copied or re-encoded, or count it as omitted."""
        copy: Any = None
        if stream.type == "attachment" and "matroska" in self._out.format.name:
            self._out.add_attachment(
                stream.name or "attachment", stream.mimetype or "", bytes(stream.data)
            )
            return
        if _can_copy(self._video.path, stream, self._out):
            copy = self._copies[stream.index] = self._out.add_stream_from_template(stream)
        elif stream.type == "audio" and stream.codec_context is not None:
            encoded = EncodedAudio.of(stream, self._out)
            if encoded is not None:
                self._encoded[stream.index] = encoded
                copy = encoded.stream
                reencoded.append(f"The {_codec(stream)} audio is re-encoded as {encoded.name}.")
        if copy is None:
            omitted[_describe(stream)] += 1
            return
        copy.metadata.update(
            {key: stream.metadata[key] for key in _TITLES if key in stream.metadata}
        )
        copy.disposition = stream.disposition

    def _copy_metadata(self) -> None:
        for key, value in self._source.metadata.items():
            if key.lower() not in _TECHNICAL:
                self._out.metadata[key] = value

    def _omitted_note(self, omitted: Counter[str]) -> Iterator[str]:
        if not omitted:
            return
        names = [
            track if count == 1 else f"{count} times {track}"
            for track, count in sorted(omitted.items())
        ]
        yield f"Left out, because the file cannot hold them: {', '.join(names)}."

    def _read_packet(self) -> bool:
        """Read the next packet to write into `_pending`; return False at the end."""
        for packet in self._packets:
            # The last packet of a stream is empty.
            if packet.size == 0 or (packet.dts is None and packet.pts is None):
                continue
            if packet.dts is None:
                packet.dts = packet.pts
            self._retime(packet)
            if _start(packet) >= -_LEAD_IN:
                self._pending = packet
                return True
        return False

    def _retime(self, packet: Any) -> None:
        """Shift a packet like the frames of its part of the file; a dts never decreases."""
        stream, time_offsets = packet.stream.index, self._video.time_offsets
        if packet.stream.type == "audio":
            self._part = self._part_counters[stream].number(packet.dts)
        # Gaps between subtitles are normal and start no new part.
        offset = time_offsets[min(self._part, len(time_offsets) - 1)]
        shift = round(offset / Fraction(packet.time_base))
        late = max(0, self._next_dts.get(stream, packet.dts + shift) - packet.dts - shift)
        packet.pts = packet.dts if packet.pts is None else packet.pts
        packet.pts += shift + late
        packet.dts += shift + late
        self._next_dts[stream] = packet.dts + math.ceil(_MIN_GAP / Fraction(packet.time_base))


def _start(packet: Any) -> Fraction:
    """Return the start of a packet in seconds."""
    return Fraction(packet.pts) * Fraction(packet.time_base)


def _can_copy(path: str, stream: Any, out: Any) -> bool:
    """Return whether a container accepts a copy of a stream, by a trial with some packets."""
    if stream.type not in ("audio", "subtitle") or stream.codec_context is None:
        return False
    if _is_unplayable(stream, out):
        return False
    try:
        with (
            open_container(path) as source,
            av.open(io.BytesIO(), "w", format=out.format.name) as trial,
        ):
            trial_stream = source.streams[stream.index]
            copy = trial.add_stream_from_template(trial_stream)
            trial.start_encoding()
            # The next subtitle packet may be far away.
            several = _TRIAL_PACKETS if stream.type == "audio" else 0
            for number, packet in enumerate(islice(source.demux(trial_stream), several)):
                if packet.size:
                    packet.dts = packet.pts = math.ceil(number / Fraction(packet.time_base))
                    packet.stream = copy
                    trial.mux(packet)
    except (av.FFmpegError, ValueError):
        return False
    return True


def _is_unplayable(stream: Any, out: Any) -> bool:
    """Return whether players ignore this audio although the container accepts it."""
    return out.format.name == "mp4" and _codec(stream).startswith("pcm_")


def _codec(stream: Any) -> str:
    return str(stream.codec_context.codec.canonical_name)


def _describe(stream: Any) -> str:
    """Describe a stream for users."""
    if stream.type == "video":
        cover = stream.disposition & av.stream.Disposition.attached_pic
        return "a cover image" if cover else "another video track"
    kind = {
        "audio": "an audio track",
        "subtitle": "a subtitle track",
        "attachment": "an attached file",
    }.get(stream.type, "a data track")
    if stream.type not in ("audio", "subtitle"):
        return kind
    if stream.codec_context is None:
        return f"{kind} of an unknown codec"
    return f"{kind} ({', '.join(filter(None, (_codec(stream), stream.language)))})"
