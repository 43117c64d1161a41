"""Encoding of a clip to a video file that browsers, QuickTime and phones play."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)

from stylekit.errors import InputError
from stylekit.images.frames import Clip, Frame
from stylekit_plugins.media.frame_times import frame_times
from stylekit_plugins.media.params import VideoParams
from stylekit_plugins.media.pixels import anamorphic_size
from stylekit_plugins.media.tracks import Tracks
from stylekit_plugins.media.video_facts import Video

# Encoders by the common names of their codecs.
_ENCODERS = {
    "h264": "libx264",
    "h265": "libx265",
    "vp9": "libvpx-vp9",
    "av1": "libsvtav1",
    "ffv1": "ffv1",
}
# Containers that Apple's players open.
_QUICKTIME = frozenset({".mp4", ".mov", ".m4v"})

_LOSSLESS = frozenset({"ffv1"})

# Odd sizes need 4:4:4 color, which few players decode.
_EVEN = frozenset({"libx264", "libx265"})


def check(clip: Clip, path: str, params: VideoParams) -> tuple[str, ...]:
    """Refuse early what `encode` would refuse, by writing a header only.

    Returns:
        Sentences about tracks that are left out or re-encoded.

    Raises:
        InputError: the container cannot hold the codec, or the clip is transparent.
    """
    if clip.image.alpha is not None:
        raise InputError(
            f"Cannot write {path}: {clip.origin} has transparent parts, which videos cannot keep.",
            "Write a .webp, .apng or .gif file, or add a background first.",
        )
    suffix = Path(path).suffix
    with tempfile.TemporaryDirectory() as folder, _as_input_errors(path):
        output = _Output(clip, str(Path(folder, "trial" + suffix)), path, params)
        with output:
            output.out.start_encoding()
            return output.notes


def encode(clip: Clip, path: str, params: VideoParams) -> None:
    """Write the frames with exact timestamps, and the other tracks of the clip's source.

    Raises:
        InputError: the file cannot be written.
    """
    with _as_input_errors(path), _Output(clip, path, path, params) as output:
        output.write()


@contextlib.contextmanager
def _as_input_errors(path: str) -> Iterator[None]:
    """Turn errors of FFmpeg and the operating system into errors for users.

    Raises:
        InputError: for each of them.
    """
    try:
        yield
    except (av.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"Cannot write {path}: {reason.lower()}.",
            "Choose another --set video.codec, or a .mkv file, which supports all codecs.",
        ) from None


class _Output:
    """An output file whose streams are set up.

    Args:
        file: path to write to.
        path: name of the file in messages.

    Raises:
        InputError: the container cannot hold the codec.
    """

    def __init__(self, clip: Clip, file: str, path: str, params: VideoParams) -> None:
        self._clip = clip
        self._video = clip.passthrough if isinstance(clip.passthrough, Video) else None
        suffix = Path(path).suffix.lower()
        self._encoder = _encoder(params, suffix)
        # Without this flag Matroska files contain random identifiers.
        options = {"fflags": "+bitexact"}
        if suffix in _QUICKTIME:
            # Playback can start before the whole file is loaded.
            options["movflags"] = "+faststart"
        # FFmpeg's .m4v muxer writes a format of old music players.
        kind = "mp4" if suffix == ".m4v" else None
        self.out = av.open(f"file:{file}", "w", format=kind, container_options=options)
        _check_codec(self.out, self._encoder, path, params)
        self._stream = self._add_video_stream(params, suffix)
        self._tracks = None
        if self._video is not None:
            self._tracks = Tracks(self._video, self.out, params.audio == "copy")
            self._tracks.add_chapters(self._end_time())

    def __enter__(self) -> _Output:
        return self

    def __exit__(self, *_: object) -> None:
        if self._tracks is not None:
            self._tracks.close()
        self.out.close()

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about tracks that are left out or re-encoded."""
        return () if self._tracks is None else tuple(self._tracks.notes)

    def write(self) -> None:
        """Encode the frames, interleaved with the other tracks."""
        frames, times, unit = self._clip.frames, self._timestamps, self._unit
        reformatter = VideoReformatter()
        for index, frame in enumerate(frames):
            image = self._formatted(frame, reformatter)
            image.pts, image.time_base = times[index], unit
            after = times[index + 1] if index + 1 < len(frames) else times[index] + self._last
            image.duration = after - times[index]
            self.out.mux(self._stream.encode(image))
            if self._tracks is not None:
                ended = self._end_time() is None and index + 1 == len(frames)
                self._tracks.copy(None if ended else after * unit)
        self.out.mux(self._stream.encode(None))
        if self._tracks is not None:
            self._tracks.finish()

    def _end_time(self) -> Fraction | None:
        """Return the end of an incomplete clip, in seconds; None for a complete one."""
        # Audio may outlast the video, except in a clip that was stopped early.
        if self._video is None or len(self._clip.frames) == len(self._video.timestamps):
            return None
        return (self._timestamps[-1] + self._last) * self._unit

    def _add_video_stream(self, params: VideoParams, suffix: str) -> Any:
        self._unit, self._timestamps, self._last = frame_times(self._clip)
        encoder, first = self._encoder, self._clip.image
        rate = Fraction(self._clip.fps or 25).limit_denominator(1_000_000)
        stream: Any = self.out.add_stream(encoder, rate=rate)
        aspect = _aspect(self._video)
        width, height = anamorphic_size(first.width, first.height, aspect)
        if encoder in _EVEN:
            width, height = width + width % 2, height + height % 2
        stream.width, stream.height = width, height
        stream.pix_fmt = "bgr0" if encoder in _LOSSLESS else "yuv420p"
        context = stream.codec_context
        context.time_base = stream.time_base = self._unit
        context.options = _options(encoder, params)
        if encoder not in _LOSSLESS:
            context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
            context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        if aspect != 1:
            context.sample_aspect_ratio = aspect
        if encoder == "libx265" and suffix in _QUICKTIME:
            # The only H.265 tag that Apple's players accept.
            context.codec_tag = "hvc1"
        return stream

    def _formatted(self, frame: Frame, reformatter: VideoReformatter) -> Any:
        image = av.VideoFrame.from_ndarray(frame.to_array()[..., :3], format="rgb24")
        stream = self._stream
        size = stream.width, stream.height
        options: dict[str, Any] = {}
        if size != (image.width, image.height):
            options["interpolation"] = Interpolation.BICUBIC | Interpolation.ACCURATE_RND
        if self._encoder not in _LOSSLESS:
            options |= {
                "dst_colorspace": Colorspace.ITU709,
                "src_color_range": ColorRange.JPEG,
                "dst_color_range": ColorRange.MPEG,
            }
        return reformatter.reformat(image, *size, stream.pix_fmt, **options)


def _check_codec(out: Any, encoder: str, path: str, params: VideoParams) -> None:
    held = out.supported_codecs
    if {encoder, av.Codec(encoder, "w").canonical_name} & held:
        return
    suffix = Path(path).suffix
    works = [
        name
        for name, each in _ENCODERS.items()
        if {each, av.Codec(each, "w").canonical_name} & held
    ]
    raise InputError(
        f"Cannot write {path}: '{suffix}' files cannot hold {params.codec}.",
        f"Choose --set video.codec={' or '.join(works)}, or a .mkv file for any codec.",
    )


def _aspect(video: Video | None) -> Fraction:
    """Return the aspect (width by height) of the pixels to write."""
    if video is None:
        return Fraction(1)
    return 1 / video.aspect if video.quarter_turns % 2 else video.aspect


def _encoder(params: VideoParams, suffix: str) -> str:
    if params.codec != "auto":
        return _ENCODERS[params.codec]
    return _ENCODERS["vp9" if suffix.lower() == ".webm" else "h264"]


def _options(encoder: str, params: VideoParams) -> dict[str, str]:
    if encoder in _LOSSLESS:
        return {}
    options = {"crf": str(params.quality)}
    if encoder == "libvpx-vp9":
        # Without a bit rate of 0 the quality only limits the bit rate.
        return options | {"b": "0", "row-mt": "1", "cpu-used": "2"}
    if encoder == "libsvtav1":
        return options | {"preset": "8"}
    options |= {"preset": params.preset}
    if encoder == "libx265":
        # It logs by itself, not through FFmpeg.
        options |= {"x265-params": "log-level=error"}
    if encoder == "libx264":
        # The macroblock tree reads uninitialized memory, so the same frames would sometimes give
        # different bytes; the quality at a given file size is about the same without it.
        options |= {"x264-params": "mbtree=0"}
    return options
