"""Opening of local video files by their content, within limits on their size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av

from stylekit.errors import InputError, StylekitError
from stylekit.machine import limits
from stylekit_plugins.media.budget import check_size

_DEMUXERS = (
    *("mov", "matroska", "webm", "avi", "mpegts", "mpeg", "mpegvideo", "flv", "live_flv", "kux"),
    *("asf", "asf_o", "ogg", "mxf", "gxf", "lxf", "dv", "yuv4mpegpipe", "nut", "ivf", "rm", "ivr"),
    *("h261", "h263", "h264", "hevc", "vvc", "evc", "m4v", "av1", "obu", "mjpeg", "mpjpeg"),
    *("smjpeg", "vc1", "vc1test", "dirac", "dnxhd", "cavsvideo", "avs2", "avs3", "apv"),
    *("wtv", "ty", "pva", "nsv", "nuv", "dhav", "iv8", "lmlm4", "pmp", "mgsts", "r3d", "cine"),
    *("swf", "amv", "flic", "bink", "smk", "roq", "thp", "moflex", "film_cpk", "wc3movie"),
)
"""FFmpeg's demuxers that read one local file; playlists, devices and streams are excluded."""

_STILL_BRANDS = frozenset(
    ("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif", "avis", "crx ")
)
"""Image formats in the container of .mp4 files; the image adapter handles them."""

_OPTIONS: dict[str, Any] = (
    {"metadata_errors": "ignore"} if int(av.__version__.split(".")[0]) < 19 else {}
)
"""Metadata may be invalid UTF-8, which PyAV accepts by default since version 19."""

_CONVERTED_BYTES = 30.0
"""Bytes per pixel of the frame that is converted."""

_DECODED_BYTES = 3.0
"""Maximum bytes per pixel of each frame that a decoder holds."""

_DECODER_FRAMES = 6
"""Frames that a decoder holds in addition to one per thread."""


def open_container(path: str, max_megapixels: float | None = None) -> Any:
    """Open a video file; its name is never a URL or a pattern, and no other file is opened.

    Args:
        max_megapixels: maximum size of a frame, in millions of pixels; None: already checked.

    Raises:
        InputError: the file does not exist, is not a video, or is damaged.
    """
    if not Path(path).is_file():
        raise InputError(f"No such file: {path}", "Check the name and the folder.")
    try:
        return _open(path, max_megapixels)
    except (av.FFmpegError, OSError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise InputError(
            f"Cannot read {path}: it is not a video, or is damaged or incomplete ({reason}).",
            "Download or copy it again, or convert it again.",
        ) from None


def is_video_file(path: str, max_megapixels: float) -> bool:
    """Return whether FFmpeg recognizes a file's content as a video container."""
    try:
        with _open(path, max_megapixels) as container:
            brand = container.metadata.get("major_brand", "")
            return bool(container.streams) and brand not in _STILL_BRANDS
    except (av.FFmpegError, OSError, ValueError):
        return False


def video_stream(container: Any, path: str) -> Any:
    """Return the first video stream that is not a cover image.

    Raises:
        InputError: there is none, or no decoder for it.
    """
    cover = av.stream.Disposition.attached_pic
    for stream in container.streams.video:
        if not stream.disposition & cover:
            if stream.codec_context is None:
                raise InputError(
                    f"Cannot read {path}: FFmpeg does not know how its video is encoded.",
                    "Convert it to H.264 first.",
                )
            return stream
    contents = "only audio" if container.streams.audio else "no images"
    raise InputError(
        f"Cannot read {path}: it has no video track; it contains {contents}.",
        "Name a file with a video track.",
    )


def _open(path: str, max_megapixels: float | None) -> Any:
    options = {"format_whitelist": ",".join(_DEMUXERS), "protocol_whitelist": "file"}
    if max_megapixels is not None:
        # FFmpeg decodes the start of some files while it opens them.
        options["max_pixels"] = str(int(max_megapixels * 1e6))
    # With an explicit protocol, a colon, a percent sign or a dash is part of the name.
    return av.open(f"file:{path}", options=options, **_OPTIONS)


def check_frame_size(stream: Any, path: str, max_megapixels: float) -> None:
    """Refuse a video whose frames are too large, before the first one is decoded.

    Raises:
        InputError: they have more than `max_megapixels` million pixels.
        MemoryLimitError: decoding does not fit into the free memory.
    """
    context = stream.codec_context
    threads = min(limits.cpu_count() + 1, 16)
    each = _CONVERTED_BYTES + _DECODED_BYTES * (_DECODER_FRAMES + threads)
    try:
        # FFmpeg reports no size where it exceeds `max_pixels`.
        if not context.width or not context.height:
            raise InputError(
                f"its frame size is not stated, or exceeds {max_megapixels:g} megapixels",
                "Convert it again, to a smaller size if it is that large.",
            )
        check_size(context.width, context.height, max_megapixels, each)
    except StylekitError as error:
        raise type(error)(f"Cannot read {path}: {error.message}.", error.hint) from None
    context.options = {"max_pixels": str(int(max_megapixels * 1e6))}
