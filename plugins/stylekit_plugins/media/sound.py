"""Re-encoding of audio that a container cannot hold."""

from __future__ import annotations

from typing import Any

import av

_BIT_RATE = 96_000
"""Bits per second and channel: close to transparent."""

_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
"""Layouts by number of channels; other numbers use the next lower one."""


class EncodedAudio:
    """Decodes packets of a stream and encodes them in another codec.

    Args:
        source: an audio stream with a known codec.
        stream: the stream in `out` to write.
    """

    def __init__(self, source: Any, stream: Any, out: Any) -> None:
        self.stream = stream
        self._source = source
        self._out = out

    @property
    def name(self) -> str:
        """The codec's display name."""
        return {"aac": "AAC", "opus": "Opus"}[self.stream.codec_context.codec.canonical_name]

    @classmethod
    def of(cls, source: Any, out: Any) -> EncodedAudio | None:
        """Add a stream to a container; None where the source states no rate or channels."""
        context = source.codec_context
        channels = context.layout.nb_channels if context.layout else 0
        if not context.sample_rate or not channels:
            return None
        encoder = "libopus" if "webm" in out.format.name else "aac"
        rates = av.Codec(encoder, "w").audio_rates or [48_000]
        rate = context.sample_rate if context.sample_rate in rates else 48_000
        stream = out.add_stream(encoder, rate=rate)
        # Layouts are often not stated, and the encoders share few of them.
        channel_count = max(count for count in _LAYOUTS if count <= channels)
        stream.codec_context.layout = _LAYOUTS[channel_count]
        stream.codec_context.bit_rate = _BIT_RATE * channel_count
        return cls(source, stream, out)

    def write(self, packet: Any) -> None:
        """Re-encode a packet of the source; damaged packets are skipped."""
        try:
            frames = self._source.codec_context.decode(packet)
        except av.FFmpegError:
            return
        for frame in frames:
            self._out.mux(self.stream.encode(frame))

    def finish(self) -> None:
        """Flush the decoder and the encoder."""
        try:
            frames = self._source.codec_context.decode(None)
        except av.FFmpegError:
            frames = []
        for frame in frames:
            self._out.mux(self.stream.encode(frame))
        self._out.mux(self.stream.encode(None))
