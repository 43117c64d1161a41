"""Writing a clip to a video file: frames encoded, sound copied packet by packet."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from stylekit.errors import InputError
from stylekit.frames import Clip
from stylekit_plugins.media.containers import opened
from stylekit_plugins.media.looking import Video
from stylekit_plugins.media.params import VideoParams
from stylekit_plugins.media.pixels import stored_size
from stylekit_plugins.media.timing import Parts

# Encoders by the names that people use.
_ENCODERS = {
    "h264": "libx264",
    "h265": "libx265",
    "vp9": "libvpx-vp9",
    "av1": "libsvtav1",
    "ffv1": "ffv1",
}
# Units of time in a second, where the source has none of its own: what broadcasts have.
_TICKS = 90_000

# Seconds between packets of sound, at least: in every container other numbers.
_LEAST = Fraction(1, 1000)

_LOSSLESS = frozenset({"ffv1"})

# Formats that hold odd sizes only without halving the colours.
_EVEN = frozenset({"libx264", "libx265"})


def check(clip: Clip, path: str, params: VideoParams) -> None:
    """Refuse what `encode` would refuse, before any work is done.

    Raises:
        InputError: the container cannot hold the codec or the sound, or the clip is transparent.
    """
    if clip.picture.alpha is not None:
        raise InputError(
            f"Cannot write {path}: {clip.origin} has transparent parts, which videos cannot keep.",
            "Name a .webp or .gif file, or put it on a background first.",
        )
    suffix = Path(path).suffix
    with (
        tempfile.TemporaryDirectory() as folder,
        av.open(str(Path(folder, "probe" + suffix)), "w") as out,
    ):
        held = out.supported_codecs
        encoder = _encoder(params, suffix)
        canonical = av.Codec(encoder, "w").canonical_name
        if not {encoder, canonical} & held:
            raise InputError(
                f"Cannot write {path}: '{suffix}' files cannot hold {params.codec}.",
                "Choose another --set video.codec, or a .mkv file, which holds all.",
            )
        for stream in _sound(clip, params):
            codec = stream.codec_context.codec.canonical_name
            if codec not in held:
                raise InputError(
                    f"Cannot write {path}: '{suffix}' files cannot hold the sound of "
                    f"{clip.origin}, which is {codec}.",
                    "Name a .mkv file, which holds all, or leave the sound out: "
                    "--set video.audio=drop.",
                )


def encode(clip: Clip, path: str, params: VideoParams) -> None:
    """Write the frames at their exact moments, and the sound of the clip's source.

    Raises:
        InputError: it cannot be written.
    """
    try:
        # Matroska otherwise has random numbers in it.
        with av.open(f"file:{path}", "w", container_options={"fflags": "+bitexact"}) as out:
            _encode(clip, out, params, Path(path).suffix)
    except (av.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"Cannot write {path}: {reason.lower()}.") from None


def _encode(clip: Clip, out: Any, params: VideoParams, suffix: str) -> None:
    video = clip.carried if isinstance(clip.carried, Video) else None
    time_base, moments, last = _timing(clip, video)
    encoder = _encoder(params, suffix)
    first = clip.frames[0]
    stream = out.add_stream(encoder, rate=Fraction(clip.fps or 25).limit_denominator(1_000_000))
    aspect = _aspect(video)
    width, height = stored_size(first.width, first.height, aspect)
    stream.width, stream.height = width, height
    stream.pix_fmt = _pixel_format(encoder, width, height)
    context = stream.codec_context
    context.time_base = time_base
    stream.time_base = time_base
    context.options = _options(encoder, params)
    if encoder not in _LOSSLESS:
        context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    if aspect != 1:
        context.sample_aspect_ratio = aspect
    sound = _Sound(clip, out, params)
    reformatter = VideoReformatter()
    for index, frame in enumerate(clip.frames):
        picture = av.VideoFrame.from_ndarray(frame.to_array()[..., :3], format="rgb24")
        if encoder not in _LOSSLESS:
            picture = reformatter.reformat(
                picture,
                width=width,
                height=height,
                format=stream.pix_fmt,
                dst_colorspace=Colorspace.ITU709,
                src_color_range=ColorRange.JPEG,
                dst_color_range=ColorRange.MPEG,
            )
        else:
            picture = reformatter.reformat(picture, width, height, stream.pix_fmt)
        picture.pts, picture.time_base = moments[index], time_base
        after = moments[index + 1] if index + 1 < len(clip.frames) else moments[index] + last
        picture.duration = after - moments[index]
        out.mux(stream.encode(picture))
        whole = video is not None and index + 1 == len(video.moments)
        # Sound often lasts a little longer; that of a clip that was stopped ends with it.
        sound.copy(None if whole else after * time_base)
    out.mux(stream.encode(None))


def _aspect(video: Video | None) -> Fraction:
    """Return the width of a pixel of the file to write relative to its height."""
    if video is None:
        return Fraction(1)
    return 1 / video.aspect if video.turns % 2 else video.aspect


class _Sound:
    """The sound of the source, packet by packet, alongside the frames."""

    def __init__(self, clip: Clip, out: Any, params: VideoParams) -> None:
        self._out = out
        self._copies: dict[int, Any] = {}
        self._packets: Iterator[Any] = iter(())
        self._waiting: Any = None
        self._latest: dict[int, int] = {}
        self._video = clip.carried
        streams = _sound(clip, params)
        if streams:
            self._copies = {s.index: out.add_stream_from_template(s) for s in streams}
            self._packets = streams[0].container.demux(streams)
        self._parts = {
            s.index: Parts(Fraction(s.time_base), clip.carried.broadcast) for s in streams
        }

    def copy(self, until: Fraction | None) -> None:
        """Write the packets that begin before a moment, in seconds; None: all."""
        while self._waiting is not None or self._read():
            packet = self._waiting
            begins = (packet.dts if packet.pts is None else packet.pts) * Fraction(packet.time_base)
            if until is not None and begins >= until:
                return
            packet.stream = self._copies[packet.stream.index]
            self._out.mux(packet)
            self._waiting = None

    def _read(self) -> bool:
        for packet in self._packets:
            # The last one of a stream is empty.
            if packet.dts is not None:
                self._retime(packet)
                self._waiting = packet
                return True
        return False

    def _retime(self, packet: Any) -> None:
        """Move a packet like the frames of its part of the file; decoding never goes back."""
        stream = packet.stream.index
        moved = self._video.moved
        part = min(self._parts[stream].number(packet.dts), len(moved) - 1)
        shift = round(moved[part] / Fraction(packet.time_base))
        late = max(0, self._latest.get(stream, packet.dts + shift) - packet.dts - shift)
        packet.pts = None if packet.pts is None else packet.pts + shift + late
        packet.dts += shift + late
        self._latest[stream] = packet.dts + math.ceil(_LEAST / Fraction(packet.time_base))


def _sound(clip: Clip, params: VideoParams) -> list[Any]:
    """Return the sound streams that are to be copied; their container stays open with them."""
    if params.audio == "drop" or not isinstance(clip.carried, Video):
        return []
    return list(opened(clip.carried.path).streams.audio)


def _timing(clip: Clip, video: Video | None) -> tuple[Fraction, list[int], int]:
    """Return the unit of time, the moments of the frames, and how long the last one is shown."""
    count = len(clip.frames)
    if video is not None and count <= len(video.moments):
        moments = list(video.moments)
        last = moments[count] - moments[count - 1] if count < len(moments) else video.last
        return video.time_base, moments[:count], last
    rate = Fraction(clip.fps or 25).limit_denominator(1001)
    if clip.times:
        return Fraction(1, _TICKS), [round(t * _TICKS) for t in clip.times], round(_TICKS / rate)
    return 1 / rate, list(range(count)), 1


def _encoder(params: VideoParams, suffix: str) -> str:
    if params.codec != "auto":
        return _ENCODERS[params.codec]
    return _ENCODERS["vp9" if suffix.lower() == ".webm" else "h264"]


def _pixel_format(encoder: str, width: int, height: int) -> str:
    if encoder in _LOSSLESS:
        return "bgr0"
    return "yuv444p" if encoder in _EVEN and (width % 2 or height % 2) else "yuv420p"


def _options(encoder: str, params: VideoParams) -> dict[str, str]:
    if encoder in _LOSSLESS:
        return {}
    options = {"crf": str(params.quality)}
    if encoder == "libvpx-vp9":
        # Without it the quality is a bound for the bit rate's.
        return options | {"b": "0", "row-mt": "1", "cpu-used": "2"}
    if encoder == "libsvtav1":
        return options | {"preset": "8"}
    options |= {"preset": params.preset}
    if encoder == "libx264":
        # Its macroblock tree reads memory that was never written: the same frames would give other
        # bytes now and then. At the same size of file it is about as good without.
        options |= {"x264-params": "mbtree=0"}
    return options
