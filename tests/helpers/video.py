"""Small test videos with known frames, known timestamps and a tone."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

TICKS = 90_000
TIMESTAMPS = (0, 3000, 9000, 12000, 24000, 27000)
"""Timestamps of a variable frame rate, in units of 1/90000 s."""

RATE = 48_000


def image(index: int, width: int, height: int) -> np.ndarray:
    """A red square in the upper left corner of a gradient that brightens with each frame."""
    x = np.linspace(20, 120, width)[None].repeat(height, 0) + 10 * index
    values = np.dstack((x, x, x)).clip(0, 255).astype(np.uint8)
    values[: height // 3, : width // 3] = (220, 30, 30)
    return values


def write_clip(
    path: Path,
    *,
    width: int = 64,
    height: int = 48,
    timestamps: Sequence[int] = TIMESTAMPS,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    sound: str | None = None,
    rotation: int = 0,
    colors: dict[str, int] | None = None,
    alpha: int = 255,
) -> Path:
    """Write a video and return its path."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        stream.codec_context.options = {"crf": "10"} if codec.startswith("libx26") else {}
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
        for name, value in (colors or {}).items():
            setattr(stream.codec_context, name, value)
        if rotation:
            stream.set_display_rotation(rotation)
        tone = out.add_stream(sound, rate=RATE) if sound else None
        for index, timestamp in enumerate(timestamps):
            values = np.dstack((image(index, width, height), np.full((height, width), alpha)))
            frame = av.VideoFrame.from_ndarray(values.astype(np.uint8), format="rgba")
            frame.pts, frame.time_base = timestamp, Fraction(1, TICKS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if tone is not None:
            for start in range(0, RATE * timestamps[-1] // TICKS + 4000, 1024):
                wave = np.sin(np.arange(start, start + 1024) * 2 * np.pi * 440 / RATE) * 0.3
                samples = wave.astype(np.float32)[None]
                kind = "fltp"
                if sound == "pcm_s16le":
                    samples, kind = (samples * 32767).astype(np.int16), "s16"
                part = av.AudioFrame.from_ndarray(samples, format=kind, layout="mono")
                part.sample_rate, part.pts, part.time_base = RATE, start, Fraction(1, RATE)
                out.mux(tone.encode(part))
            out.mux(tone.encode(None))
    return path


def packets(path: Path) -> list[tuple[bytes, float]]:
    """Every audio packet of a file, with its timestamp in seconds."""
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return []
        return [
            (bytes(packet), float(packet.pts * packet.time_base))
            for packet in container.demux(container.streams.audio)
            if packet.dts is not None
        ]


def timestamps_of(path: Path) -> list[Fraction]:
    """The exact timestamps of the frames of a file, in seconds."""
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]
