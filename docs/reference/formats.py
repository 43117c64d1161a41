"""Tries containers of videos with codecs: `python docs/reference/formats.py` writes `formats.md`.

Each clip is encoded here, small, with the number of each frame drawn in it. It passes if all frames
are read, once, in order, at their timestamps, and if jumping and beginning in the middle give the
very same ones.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
from av.bitstream import BitStreamFilterContext

from stylekit.errors import InputError
from stylekit_plugins.media import ANIMATIONS, READS, VIDEO_WRITES, VIDEOS, WRITES
from stylekit_plugins.media.decoding import VideoFrames
from stylekit_plugins.media.probe import probe

PAGE = Path(__file__).with_name("formats.md")
COUNT = 40
RATE = 30
WIDTH, HEIGHT = 64, 48
GROUP = 8
"""Frames from one key frame to the next."""

RATES = {
    "constant": tuple(range(COUNT)),
    "variable": tuple(number + number // 3 + 2 * (number // 7) for number in range(COUNT)),
}
"""When each frame is shown, in frames of a constant rate."""

CONTAINERS = {
    **{"mp4": "mp4", "mov": "mov", "mkv": "matroska", "webm": "webm", "avi": "avi"},
    **{"ts": "mpegts", "m2ts": "mpegts", "flv": "flv", "vob": "vob", "wmv": "asf"},
}
"""FFmpeg's muxer for each suffix."""

VARIABLE = [suffix for suffix in CONTAINERS if suffix != "vob"]
"""Those that hold a variable frame rate."""

EXACT = [suffix for suffix in CONTAINERS if suffix not in ("avi", "vob", "wmv")]
"""Those that say of each frame when it is shown; the others say only when it is decoded."""

_REORDERED = 4
"""Frames by which the two may differ."""

_START_CODES = {"h264": "h264_mp4toannexb", "hevc": "hevc_mp4toannexb"}


INTRODUCTION = f"""# Formats

Files are recognized by their content, whatever their names.

<!-- Made by docs/reference/formats.py. -->

| | suffixes |
|---|---|
| images that are read | {" ".join(READS)} |
| images that are written | {" ".join(WRITES)} |
| animations, read and written | {" ".join(ANIMATIONS)} |
| videos that are read | {" ".join(VIDEOS)} |
| videos that are written | {" ".join(VIDEO_WRITES)} |

## Images

Images may be gray, have a palette, CMYK, 16 bits per channel, an alpha channel (it is kept), a
rotation in EXIF (it is applied), or any ICC profile (colors are converted to sRGB). The suffix of
`--out` decides what is written.

## Video

The table has the codecs that are read in each container: every frame, once, in order, at its
timestamp, and the same ones when a run jumps or resumes, at a constant and at a variable frame
rate. A dash: FFmpeg does not write that codec to that container. Files that end in .avi, .vob and
.wmv do not say when a frame is shown, so a variable rate is kept less exactly there.
"""


class Codec(NamedTuple):
    """A way of encoding."""

    encoder: str
    options: dict[str, str]
    pixels: str = "yuv420p"
    muxer: str = "mp4"


_X264 = f"keyint={GROUP}:min-keyint={GROUP}:scenecut=0:bframes=3:b-adapt=0"
_X265 = f"{_X264}:log-level=none:pools=none:frame-threads=1"
_GROUPS = {"g": str(GROUP), "bf": "2"}

CODECS = {
    "H.264, B-frames": Codec("libx264", {"x264-params": _X264}),
    "H.264, open GOPs": Codec("libx264", {"x264-params": f"{_X264}:open-gop=1"}),
    "H.265": Codec("libx265", {"x265-params": f"{_X265}:open-gop=0", "preset": "ultrafast"}),
    "H.265, open GOPs": Codec(
        "libx265", {"x265-params": f"{_X265}:open-gop=1", "preset": "ultrafast"}
    ),
    "MPEG-2": Codec("mpeg2video", _GROUPS | {"b": "2M"}),
    "MPEG-4": Codec("mpeg4", _GROUPS | {"b": "2M"}),
    "VP9": Codec("libvpx-vp9", {"g": str(GROUP), "cpu-used": "8", "b": "1M"}),
    "AV1": Codec("libsvtav1", {"g": str(GROUP), "preset": "12", "svtav1-params": "lp=1"}),
    "MJPEG": Codec("mjpeg", {}, "yuvj420p", "mov"),
    "ProRes": Codec("prores_ks", {}, "yuv422p10le", "mov"),
    "PNG": Codec("png", {}, "rgb24", "mov"),
    "QuickTime Animation": Codec("qtrle", {"g": str(GROUP)}, "rgb24", "mov"),
}


def drawn(number: int) -> np.ndarray[Any, Any]:
    """Draw a number in binary digits, as eight bars over the height of a frame."""
    bars = np.array([number >> digit & 1 for digit in range(8)], np.uint8) * 180 + 30
    values = bars.repeat(WIDTH // 8)[None, :, None].repeat(HEIGHT, 0).repeat(3, 2)
    values[: HEIGHT // 4] = 40 + number
    return values


def number_in(values: np.ndarray[Any, Any]) -> int:
    """Read the number that is drawn in values (H, W, 3) in [0, 255]."""
    bars = values[HEIGHT // 2 :].mean(axis=(0, 2)).reshape(8, -1).mean(axis=1)
    return sum(int(bar > 120) << digit for digit, bar in enumerate(bars))


def encoded(path: Path, codec: Codec, shown: Sequence[int]) -> Path:
    """Write a file that is exact about packets and times, and return its path."""
    with av.open(str(path), "w", format=codec.muxer) as out:
        stream = out.add_stream(codec.encoder, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, codec.pixels
        stream.codec_context.options = codec.options
        for number, at in enumerate(shown):
            frame = av.VideoFrame.from_ndarray(drawn(number), format="rgb24")
            frame.pts, frame.time_base = at, Fraction(1, RATE)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def remuxed(source: Path, path: Path) -> bool:
    """Put the packets of a file into another container; False: it cannot hold them."""
    muxer = CONTAINERS[path.suffix[1:]]
    options = {"mpegts_m2ts_mode": "1"} if path.suffix == ".m2ts" else {}
    try:
        with (
            av.open(str(source)) as given,
            av.open(str(path), "w", format=muxer, options=options) as out,
        ):
            stream = out.add_stream_from_template(given.streams.video[0], opaque=True)
            stream.time_base = Fraction(1, RATE)
            for packet in _packets(given, muxer):
                packet.stream = stream
                out.mux(packet)
        with av.open(str(path)) as written:
            streams = [stream for stream in written.streams.video if stream.codec_context]
            return bool(streams) and any(written.decode(streams[0]))
    except (av.FFmpegError, ValueError):
        return False


def _packets(given: Any, muxer: str) -> Iterator[Any]:
    """Yield packets as a container takes them: with start codes, or with lengths in front."""
    stream = given.streams.video[0]
    name = stream.codec_context.name
    if name in _START_CODES and muxer in ("avi", "vob", "asf"):
        filtering = BitStreamFilterContext(_START_CODES[name], stream)
        yield from (out for packet in given.demux(stream) for out in filtering.filter(packet))
    else:
        yield from (packet for packet in given.demux(stream) if packet.dts is not None)


def problem(path: Path, shown: Sequence[int]) -> str:
    """Return the fault in how a file is read; empty if there is none."""
    try:
        video = probe(str(path), max_megapixels=1)
    except InputError as error:
        return error.message
    plain = [frame.to_array() for frame in VideoFrames(video)]
    numbers = [number_in(values) for values in plain]
    if numbers != list(range(len(shown))):
        return f"the frames {numbers} are read"
    if video.notes:
        return "; ".join(video.notes)
    late = max(abs(video.time(k) - at / RATE) for k, at in enumerate(shown))
    if late > (0.002 if path.suffix[1:] in EXACT else _REORDERED / RATE):
        return f"timestamps are wrong by {late:.3f} s"
    for begin in (GROUP - 1, GROUP, 2 * GROUP + 1, COUNT - 2):
        frames = VideoFrames(video)
        if any(not _same(frames, number, plain) for number in range(begin, len(plain))):
            return f"from frame {begin} on, other frames are read"
    frames = VideoFrames(video)
    for number in (COUNT - 1, 3 * GROUP - 1, 3 * GROUP, 1, 4 * GROUP + 1, 2 * GROUP - 2):
        if not _same(frames, number, plain):
            return f"after a jump, frame {number} is another one"
    return ""


def results() -> Iterator[tuple[str, str, str, str | None]]:
    """Yield each codec, rate and suffix with its problem; None: the container cannot hold it."""
    with tempfile.TemporaryDirectory() as folder:
        for codec in CODECS:
            for rate in RATES:
                source = encoded(Path(folder, "encoded"), CODECS[codec], RATES[rate])
                for suffix in CONTAINERS if rate == "constant" else VARIABLE:
                    path = Path(folder, f"clip.{suffix}")
                    held = remuxed(source, path)
                    yield codec, rate, suffix, problem(path, RATES[rate]) if held else None


def page(found: Sequence[tuple[str, str, str, str | None]]) -> str:
    """Return the page of the results."""
    suffixes = list(CONTAINERS)
    cells = {(codec, suffix): "yes" for codec, _, suffix, _ in found}
    for codec, _, suffix, wrong in found:
        if wrong != "":
            cells[codec, suffix] = "-" if wrong is None else "no"
    rows = [f"| {codec} | {' | '.join(cells[codec, s] for s in suffixes)} |" for codec in CODECS]
    return "\n".join(
        (
            INTRODUCTION,
            f"| | {' | '.join(f'.{suffix}' for suffix in suffixes)} |",
            "|---" * (len(suffixes) + 1) + "|",
            *rows,
            "",
        )
    )


def _same(frames: VideoFrames, number: int, plain: Sequence[np.ndarray[Any, Any]]) -> bool:
    return bool(np.array_equal(frames[number].to_array(), plain[number]))


os.environ.setdefault("SVT_LOG", "1")

if __name__ == "__main__":
    av.logging.set_level(None)
    tried = list(results())
    for codec, rate, suffix, wrong in tried:
        if wrong:
            print(f"{codec}, {rate}, .{suffix}: {wrong}", file=sys.stderr)
    PAGE.write_text(page(tried), encoding="utf-8")
