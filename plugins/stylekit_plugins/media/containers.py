"""Opening video files: those on this machine, by what is in them, and no larger than allowed."""

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
"""FFmpeg's demuxers that read one local file; lists of files, devices and streams are left out."""

_STILL_BRANDS = frozenset(
    ("heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1", "avif", "avis", "crx ")
)
"""Images in the container of .mp4 files, which the image adapter knows more about."""

_TEXTS: dict[str, Any] = (
    {"metadata_errors": "ignore"} if int(av.__version__.split(".")[0]) < 19 else {}
)
"""Texts beside the images may be no UTF-8, which PyAV takes as it is since version 19."""

_CONVERTED_BYTES = 30.0
"""Memory for each pixel of the frame that is being converted."""

_DECODED_BYTES = 3.0
"""Memory for each pixel of each frame that a decoder holds, at most."""

_HELD = 6
"""Frames that a decoder holds beside those that its threads work on."""


def opened(path: str, max_megapixels: float | None = None) -> Any:
    """Open a file; its name is never taken for an address or a pattern, and it opens no other.

    Args:
        max_megapixels: millions of pixels that a frame may have; None: that is checked already.

    Raises:
        InputError: it does not exist, is no video file, or is damaged.
    """
    if not Path(path).is_file():
        raise InputError(f"No such file: {path}", "Check the name and the folder.")
    try:
        return _container(path, max_megapixels)
    except (av.FFmpegError, OSError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise InputError(
            f"Cannot read {path}: it is no video, or damaged or incomplete ({reason}).",
            "Get the file again, or convert it anew.",
        ) from None


def is_video_file(path: str, max_megapixels: float) -> bool:
    """Return whether FFmpeg recognizes a file's content as a container of videos."""
    try:
        with _container(path, max_megapixels) as container:
            brand = container.metadata.get("major_brand", "")
            return bool(container.streams) and brand not in _STILL_BRANDS
    except (av.FFmpegError, OSError, ValueError):
        return False


def video_stream(container: Any, path: str) -> Any:
    """Return the first video stream that is no cover image.

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
    what = "sound" if container.streams.audio else "nothing that can be shown"
    raise InputError(f"Cannot read {path}: it has no video in it, only {what}.")


def _container(path: str, max_megapixels: float | None) -> Any:
    options = {"format_whitelist": ",".join(_DEMUXERS), "protocol_whitelist": "file"}
    if max_megapixels is not None:
        # Some files are decoded a little while they are opened.
        options["max_pixels"] = str(int(max_megapixels * 1e6))
    # With the protocol in front, a colon, a percent sign or a dash in a name is a name.
    return av.open(f"file:{path}", options=options, **_TEXTS)


def check_frame_size(stream: Any, path: str, max_megapixels: float) -> None:
    """Refuse a video before its first frame is decoded, if its frames are too large.

    Raises:
        InputError: they have more than `max_megapixels` millions of pixels.
        MemoryLimitError: decoding does not fit into the memory that is free.
    """
    context = stream.codec_context
    threads = min(limits.cpu_count() + 1, 16)
    each = _CONVERTED_BYTES + _DECODED_BYTES * (_HELD + threads)
    try:
        # FFmpeg leaves the size out where it is beyond `max_pixels`.
        if not context.width or not context.height:
            raise InputError(
                f"it does not say how large its frames are, or they have more than "
                f"{max_megapixels:g} megapixels",
                "Convert it anew, smaller if it is so large.",
            )
        check_size(context.width, context.height, max_megapixels, each)
    except StylekitError as error:
        raise type(error)(f"Cannot read {path}: {error.message}.", error.hint) from None
    context.options = {"max_pixels": str(int(max_megapixels * 1e6))}
