"""Sound that a container cannot hold as it is, encoded anew."""

from __future__ import annotations

from typing import Any

import av

_BIT_RATE = 96_000
"""Bits a second for each channel: hardly to be told from the source."""

_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
"""What channels are encoded as, by their number; the next lower one for others."""


class EncodedSound:
    """Decodes packets of a stream and encodes them in another codec.

    Args:
        source: a stream of sound whose codec is known.
        stream: the stream that is written to `out`.
    """

    def __init__(self, source: Any, stream: Any, out: Any) -> None:
        self.stream = stream
        self._source = source
        self._out = out

    @property
    def name(self) -> str:
        """What the codec is called."""
        return {"aac": "AAC", "opus": "Opus"}[self.stream.codec_context.codec.canonical_name]

    @classmethod
    def of(cls, source: Any, out: Any) -> EncodedSound | None:
        """Add a stream to a container; None where the source has no rate or channels."""
        context = source.codec_context
        channels = context.layout.nb_channels if context.layout else 0
        if not context.sample_rate or not channels:
            return None
        encoder = "libopus" if "webm" in out.format.name else "aac"
        rates = av.Codec(encoder, "w").audio_rates or [48_000]
        rate = context.sample_rate if context.sample_rate in rates else 48_000
        stream = out.add_stream(encoder, rate=rate)
        # Layouts are often not named, and few are known to both encoders.
        held = max(count for count in _LAYOUTS if count <= channels)
        stream.codec_context.layout = _LAYOUTS[held]
        stream.codec_context.bit_rate = _BIT_RATE * held
        return cls(source, stream, out)

    def write(self, packet: Any) -> None:
        """Write what a packet of the source holds; damaged ones are left out."""
        try:
            frames = self._source.codec_context.decode(packet)
        except av.FFmpegError:
            return
        for frame in frames:
            self._out.mux(self.stream.encode(frame))

    def finish(self) -> None:
        """Write what the encoder still holds."""
        try:
            frames = self._source.codec_context.decode(None)
        except av.FFmpegError:
            frames = []
        for frame in frames:
            self._out.mux(self.stream.encode(frame))
        self._out.mux(self.stream.encode(None))
