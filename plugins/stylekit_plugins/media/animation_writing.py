"""Writing clips as animated images: GIF, WebP and APNG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from stylekit.images.frames import Clip, Frame
from stylekit.machine.extras import require_extra
from stylekit_plugins.media.animation import Durations
from stylekit_plugins.media.frame_times import animation_frames
from stylekit_plugins.media.gif import write_gif

_WEBP_FLAGS, _WEBP_ALPHA = 20, 0x10
"""Offset of the flags of a WebP file and the bit of transparency; see its specification, "VP8X"."""


def check_animation(clip: Clip, path: str) -> tuple[str, ...]:
    """Return sentences about frames that an animation of a clip leaves out.

    Raises:
        MissingExtraError: FFmpeg, which writes APNG, is not installed.
    """
    if Path(path).suffix.lower() == ".apng":
        require_extra(f"Writing the animation {path}", "video", ("av",))
    left_out = len(clip.frames) - len(animation_frames(clip)[0])
    if not left_out:
        return ()
    return (
        f"{left_out} of {len(clip.frames)} frames are left out, because viewers slow down frames "
        "of less than 20 ms.",
    )


def write_animation(clip: Clip, path: str, file_format: str, options: dict[str, Any]) -> None:
    """Write a clip as an animation of the same duration, frame by frame to save memory.

    Args:
        file_format: Pillow's name of the format: GIF, WEBP or PNG.
        options: Pillow's options for the format.
    """
    plays = clip.passthrough.plays if isinstance(clip.passthrough, Durations) else 0
    chosen, times = animation_frames(clip)
    frames: Iterator[Frame] = (clip.frames[index] for index in chosen)
    if file_format == "GIF":
        arrays = (frame.to_array() for frame in frames)
        write_gif(path, arrays, _rounded_durations(times, 100), plays)
    elif file_format == "WEBP":
        _write_webp(path, frames, _rounded_durations(times, 1000), plays, options)
    else:
        _write_apng(clip, path, chosen, [round(1000 * time) for time in times], plays, options)


def _rounded_durations(times: Sequence[Fraction], units: int) -> list[int]:
    """Return the rounded duration of each frame; their sum stays exact."""
    rounded = [int(units * time + Fraction(1, 2)) for time in times]
    return [max(1, later - earlier) for earlier, later in pairwise(rounded)]


def _write_webp(
    path: str,
    frames: Iterator[Frame],
    milliseconds: Sequence[int],
    plays: int,
    options: dict[str, Any],
) -> None:
    transparent = False

    def images() -> Iterator[Image.Image]:
        nonlocal transparent
        for frame in frames:
            transparent = transparent or frame.alpha is not None
            yield frame.to_pil()

    each = images()
    next(each).save(
        path,
        "WEBP",
        save_all=True,
        append_images=each,
        duration=milliseconds,
        loop=plays,
        **options,
    )
    if transparent:
        # libwebp crops transparent borders and may then mark the file as opaque.
        with Path(path).open("r+b") as file:
            head = file.read(_WEBP_FLAGS + 1)
            if head[12:16] == b"VP8X":
                file.seek(_WEBP_FLAGS)
                file.write(bytes((head[_WEBP_FLAGS] | _WEBP_ALPHA,)))


def _write_apng(
    clip: Clip,
    path: str,
    chosen: Sequence[int],
    milliseconds: Sequence[int],
    plays: int,
    options: dict[str, Any],
) -> None:
    """Write an APNG by FFmpeg, because Pillow would keep all frames in memory."""
    import av

    last = milliseconds[-1] - milliseconds[-2]
    muxing = {"plays": str(plays), "final_delay": f"{last}/1000", "fflags": "+bitexact"}
    with av.open(f"file:{path}", "w", format="apng", container_options=muxing) as out:
        stream: Any = out.add_stream("apng", rate=25)
        stream.width, stream.height = clip.image.width, clip.image.height
        stream.pix_fmt = "rgba"
        stream.codec_context.options = {"compression_level": str(options["compress_level"])}
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        for index, time in zip(chosen, milliseconds, strict=False):
            values = np.asarray(clip.frames[index].to_pil().convert("RGBA"))
            frame = av.VideoFrame.from_ndarray(values, format="rgba")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
