"""Writing clips as animated images: GIF, WebP and APNG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image

from stylekit.images.frames import Clip, Frame
from stylekit_plugins.media.animation import Durations
from stylekit_plugins.media.clip_timing import animated
from stylekit_plugins.media.gif import write_gif

_WEBP_FLAGS, _WEBP_ALPHA = 20, 0x10
"""Where a WebP animation says whether it is transparent; see its specification, "VP8X"."""


def check_animation(clip: Clip) -> tuple[str, ...]:
    """Say which frames an animation of a clip leaves out, in sentences."""
    left_out = len(clip.frames) - len(animated(clip)[0])
    if not left_out:
        return ()
    return (
        f"{left_out} of {len(clip.frames)} frames are left out, as viewers slow down those that "
        "are shown for less than 20 ms.",
    )


def write_animation(clip: Clip, path: str, file_format: str, options: dict[str, Any]) -> None:
    """Write a clip as an animation that lasts as long; frame by frame, so that it may be long.

    Args:
        file_format: what Pillow calls it: GIF, WEBP or PNG.
        options: what Pillow takes for it.
    """
    plays = clip.passthrough.plays if isinstance(clip.passthrough, Durations) else 0
    chosen, marks = animated(clip)
    frames: Iterator[Frame] = (clip.frames[index] for index in chosen)
    if file_format == "GIF":
        write_gif(path, (frame.to_array() for frame in frames), _lengths(marks, 100), plays)
    elif file_format == "WEBP":
        _write_webp(path, frames, _lengths(marks, 1000), plays, options)
    else:
        _write_apng(clip, path, chosen, [round(1000 * mark) for mark in marks], plays, options)


def _lengths(marks: Sequence[Fraction], units: int) -> list[int]:
    """Return how long each frame is shown; rounded so that the whole takes as long as it should."""
    rounded = [int(units * mark + Fraction(1, 2)) for mark in marks]
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
        # libwebp leaves out what is transparent around a frame, and then takes the rest for opaque.
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
    """Write an APNG through FFmpeg, as Pillow would hold every frame."""
    last = milliseconds[-1] - milliseconds[-2]
    muxing = {"plays": str(plays), "final_delay": f"{last}/1000", "fflags": "+bitexact"}
    with av.open(f"file:{path}", "w", format="apng", container_options=muxing) as out:
        stream: Any = out.add_stream("apng", rate=25)
        stream.width, stream.height = clip.image.width, clip.image.height
        stream.pix_fmt = "rgba"
        stream.codec_context.options = {"compression_level": str(options["compress_level"])}
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        for index, mark in zip(chosen, milliseconds, strict=False):
            values = np.asarray(clip.frames[index].to_pil().convert("RGBA"))
            frame = av.VideoFrame.from_ndarray(values, format="rgba")
            frame.pts, frame.time_base = mark, Fraction(1, 1000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
