"""What a video file has beside its frames: sound, subtitles, attachments, chapters and titles."""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Any

import av

from stylekit_plugins.media.containers import opened, video_stream
from stylekit_plugins.media.probe import Video
from stylekit_plugins.media.sound import EncodedSound
from stylekit_plugins.media.timing import Parts

_LEAST = Fraction(1, 1000)
"""Seconds between packets of a stream, at least: in every container other numbers."""

_BEFORE = Fraction(1, 10)
"""Seconds before the first frame from which sound is kept: decoders need some to begin with."""

_TRIED = 4
"""Packets of sound that are written on trial."""

_TITLES = ("language", "title", "handler_name")
"""What the streams of a file say about themselves that is true of copies, too."""

_TECHNICAL = frozenset(
    ("encoder", "duration", "major_brand", "minor_version", "compatible_brands", "software")
)
"""What a file says about itself that is not true of another one."""


class Tracks:
    """Takes over what can be, alongside the frames that are written.

    Args:
        video: the source.
        out: the container to write, before its header is written.
        sound: take the sound over.

    Attributes:
        notes: what is left out or encoded anew, in sentences.
    """

    def __init__(self, video: Video, out: Any, sound: bool) -> None:
        self._video = video
        self._out = out
        self._source = opened(video.path)
        self._copies: dict[int, Any] = {}
        self._encoded: dict[int, EncodedSound] = {}
        self._latest: dict[int, int] = {}
        self._part = 0
        self._waiting: Any = None
        left: Counter[str] = Counter()
        again: list[str] = []
        shown = video_stream(self._source, video.path).index
        for stream in self._source.streams:
            if stream.index == shown or (stream.type == "audio" and not sound):
                continue
            if stream.discard == av.stream.Discard.all:
                # The titles of chapters, which FFmpeg has read already.
                continue
            self._take(stream, left, again)
        self._add_texts()
        taken = [self._source.streams[index] for index in (*self._copies, *self._encoded)]
        self._packets: Iterator[Any] = self._source.demux(taken) if taken else iter(())
        self._parts = {s.index: Parts(Fraction(s.time_base), video.broadcast) for s in taken}
        self.notes = [*again, *self._left_out(left)]

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def add_chapters(self, until: Fraction | None) -> None:
        """Add the chapters that begin before a timestamp, in seconds; None: all."""
        chapters = []
        for chapter in self._source.chapters():
            unit = Fraction(chapter["time_base"])
            begin, end = (
                max(Fraction(0), chapter[key] * unit + self._video.moved[0])
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
        """Write the packets that begin before a timestamp, in seconds; None: all."""
        while self._waiting is not None or self._read():
            packet = self._waiting
            if until is not None and _begin(packet) >= until:
                return
            index = packet.stream.index
            if index in self._encoded:
                self._encoded[index].write(packet)
            else:
                packet.stream = self._copies[index]
                self._out.mux(packet)
            self._waiting = None

    def finish(self) -> None:
        """Write what encoders still hold."""
        for encoded in self._encoded.values():
            encoded.finish()

    def _take(self, stream: Any, left: Counter[str], again: list[str]) -> None:
        """Add a stream to the output, as it is or encoded anew, or count it as left out."""
        copy: Any = None
        if stream.type == "attachment" and "matroska" in self._out.format.name:
            self._out.add_attachment(
                stream.name or "attachment", stream.mimetype or "", bytes(stream.data)
            )
            return
        if _can_copy(self._video.path, stream, self._out):
            copy = self._copies[stream.index] = self._out.add_stream_from_template(stream)
        elif stream.type == "audio" and stream.codec_context is not None:
            encoded = EncodedSound.of(stream, self._out)
            if encoded is not None:
                self._encoded[stream.index] = encoded
                copy = encoded.stream
                again.append(
                    f"The sound, which is {_codec(stream)}, is encoded anew as {encoded.name}."
                )
        if copy is None:
            left[_described(stream)] += 1
            return
        copy.metadata.update(
            {key: stream.metadata[key] for key in _TITLES if key in stream.metadata}
        )
        copy.disposition = stream.disposition

    def _add_texts(self) -> None:
        for key, value in self._source.metadata.items():
            if key.lower() not in _TECHNICAL:
                self._out.metadata[key] = value

    def _left_out(self, left: Counter[str]) -> Iterator[str]:
        if not left:
            return
        names = [
            what if count == 1 else f"{count} times {what}" for what, count in sorted(left.items())
        ]
        yield f"Left out, as they cannot be taken over: {', '.join(names)}."

    def _read(self) -> bool:
        """Read the next packet that is to be written."""
        for packet in self._packets:
            # The last one of a stream is empty.
            if packet.size == 0 or (packet.dts is None and packet.pts is None):
                continue
            if packet.dts is None:
                packet.dts = packet.pts
            self._retime(packet)
            if _begin(packet) >= -_BEFORE:
                self._waiting = packet
                return True
        return False

    def _retime(self, packet: Any) -> None:
        """Move a packet like the frames of its part of the file; decoding never goes back."""
        stream, moved = packet.stream.index, self._video.moved
        if packet.stream.type == "audio":
            self._part = self._parts[stream].number(packet.dts)
        # Subtitles are rare: gaps between them are no parts.
        shift = round(moved[min(self._part, len(moved) - 1)] / Fraction(packet.time_base))
        late = max(0, self._latest.get(stream, packet.dts + shift) - packet.dts - shift)
        packet.pts = packet.dts if packet.pts is None else packet.pts
        packet.pts += shift + late
        packet.dts += shift + late
        self._latest[stream] = packet.dts + math.ceil(_LEAST / Fraction(packet.time_base))


def _begin(packet: Any) -> Fraction:
    """Return when a packet begins, in seconds."""
    return Fraction(packet.pts) * Fraction(packet.time_base)


def _can_copy(path: str, stream: Any, out: Any) -> bool:
    """Return whether a container takes a stream as it is: a header and some packets are tried."""
    if stream.type not in ("audio", "subtitle") or stream.codec_context is None:
        return False
    if _plays_nowhere(stream, out):
        return False
    try:
        with (
            opened(path) as source,
            av.open(io.BytesIO(), "w", format=out.format.name) as trial,
        ):
            tried = source.streams[stream.index]
            copy = trial.add_stream_from_template(tried)
            trial.start_encoding()
            # Packets of subtitles may be far between.
            several = _TRIED if stream.type == "audio" else 0
            for number, packet in enumerate(islice(source.demux(tried), several)):
                if packet.size:
                    packet.dts = packet.pts = math.ceil(number / Fraction(packet.time_base))
                    packet.stream = copy
                    trial.mux(packet)
    except (av.FFmpegError, ValueError):
        return False
    return True


def _plays_nowhere(stream: Any, out: Any) -> bool:
    """Return whether a container takes sound that hardly a player finds in it."""
    return out.format.name == "mp4" and _codec(stream).startswith("pcm_")


def _codec(stream: Any) -> str:
    return str(stream.codec_context.codec.canonical_name)


def _described(stream: Any) -> str:
    """Return what a person calls a stream."""
    if stream.type == "video":
        cover = stream.disposition & av.stream.Disposition.attached_pic
        return "a cover image" if cover else "another video track"
    kind = {
        "audio": "a sound track",
        "subtitle": "a subtitle track",
        "attachment": "an attached file",
    }.get(stream.type, "a data track")
    if stream.type not in ("audio", "subtitle"):
        return kind
    if stream.codec_context is None:
        return f"{kind} of an unknown codec"
    return f"{kind} ({', '.join(filter(None, (_codec(stream), stream.language)))})"
