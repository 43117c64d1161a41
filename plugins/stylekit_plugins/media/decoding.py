"""Frames of a video file, decoded when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, ColorTrc, Interpolation

from stylekit.errors import InputError
from stylekit.frames import Frame, LazyFrames
from stylekit_plugins.media import hdr
from stylekit_plugins.media.containers import check_frame_size, opened

_AHEAD = 48
"""Frames that are rather decoded and left out than jumped over."""

_SLACK = Fraction(1, 2)
"""Seconds by which a file's length may be wrong."""

_TO_LIGHT = {ColorTrc.SMPTE2084: hdr.pq_to_light, ColorTrc.ARIB_STD_B67: hdr.hlg_to_light}

_EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


@dataclass(frozen=True)
class Video:
    """A video file, looked through.

    Attributes:
        path: where it is.
        stream: number of the video stream among the video streams.
        time_base: seconds of one unit of time, exactly.
        moments: of the frames, in these units, increasing.
        last: how long the last frame is shown, in these units.
        rate: frames a second, on average.
        aspect: width of a pixel relative to its height.
        turns: quarter turns against the clock until the picture is upright.
        notes: what the user should know.
        timed: the file says itself when its frames are shown.
    """

    path: str
    stream: int
    time_base: Fraction
    moments: tuple[int, ...]
    last: int
    rate: Fraction
    aspect: Fraction
    turns: int
    notes: tuple[str, ...]
    timed: bool

    def time(self, index: int) -> float:
        """Return the moment of a frame in seconds, from the first frame on."""
        return float((self.moments[index] - self.moments[0]) * self.time_base)


def look_through(path: str, max_megapixels: float) -> Video:
    """Decode a file once, to know every frame before any work is done.

    Args:
        max_megapixels: millions of pixels that a frame may have.

    Raises:
        InputError: it has no frame that can be read, transparency, or frames of several sizes, or
            too large ones.
        MemoryLimitError: its frames do not fit into the memory that is free.
    """
    with opened(path, max_megapixels) as container:
        number, stream = _stream(container, path)
        check_frame_size(stream, path, max_megapixels)
        if stream.metadata.get("alpha_mode") == "1":
            raise _transparent(path)
        promised = stream.frames
        first: Any = None
        moments: list[int | None] = []
        problem, last = "", 0
        try:
            for frame in container.decode(stream):
                if first is None:
                    first = frame
                    _check_format(frame, path)
                elif (frame.width, frame.height) != (first.width, first.height):
                    raise InputError(
                        f"Cannot read {path}: its frames change size, from {first.width} x "
                        f"{first.height} to {frame.width} x {frame.height} pixels at frame "
                        f"{len(moments) + 1}.",
                        "Convert it to one size first.",
                    )
                moments.append(frame.pts)
                last = frame.duration or 0
        except av.FFmpegError as error:
            problem = error.strerror or type(error).__name__
        if first is None:
            raise InputError(
                f"Cannot read {path}: there is no frame in it that can be read"
                + (f" ({problem.lower()})." if problem else "."),
                "Get the file again, or convert it anew.",
            )
        time_base = Fraction(stream.time_base or Fraction(1, 90000))
        rate = Fraction(stream.average_rate or stream.guessed_rate or 25)
        timed = all(moment is not None for moment in moments)
        exact = _increasing(moments, round(1 / (rate * time_base)) or 1)
        notes = []
        last = last or (exact[-1] - exact[-2] if len(exact) > 1 else round(1 / rate / time_base))
        end = (exact[-1] - exact[0] + last) * time_base
        if problem or len(moments) < promised or _ends_early(container, path, end):
            of = f" of {promised}" if promised > len(moments) else ""
            notes.append(
                f"{path} is cut off or damaged: the first {len(moments)}{of} frames are used, "
                f"{float(end):.1f} s."
            )
        if first.color_trc in _TO_LIGHT:
            notes.append(f"{path} has a high dynamic range; it is mapped to sRGB.")
        turns, odd = divmod(first.rotation, 90)
        if odd:
            notes.append(f"{path} is to be turned by {first.rotation} degrees, which is not done.")
        return Video(
            path=path,
            stream=number,
            time_base=time_base,
            moments=exact,
            last=last,
            rate=rate,
            aspect=Fraction(stream.sample_aspect_ratio or 1) or Fraction(1),
            turns=0 if odd else turns % 4,
            notes=tuple(notes),
            timed=timed,
        )


class VideoFrames(LazyFrames):
    """The frames of a video; one is kept, and asking in order is fastest."""

    def __init__(self, video: Video) -> None:
        self._video = video
        self._container: Any = None
        self._decoded: Iterator[Any] = iter(())
        self._next = 0

    def __del__(self) -> None:
        # Containers and their streams hold each other: the file would be open for a while yet, and
        # Windows renames no file that is open.
        if self._container is not None:
            self._container.close()

    def __len__(self) -> int:
        return len(self._video.moments)

    def make(self, index: int) -> Frame:
        """Decode a frame.

        Raises:
            InputError: it cannot be decoded any more.
        """
        video = self._video
        if self._container is None or not self._next <= index <= self._next + _AHEAD:
            self._jump(index)
        try:
            for decoded in self._decoded:
                here = self._next
                if video.timed and decoded.pts != video.moments[here]:
                    # After a jump, which lands somewhere before.
                    if decoded.pts < video.moments[index]:
                        continue
                    here = index
                self._next = here + 1
                if here == index:
                    origin = f"{video.path} (frame {index + 1})"
                    values = upright(decoded, video.turns)
                    made = Frame.from_array(values, origin)
                    return Frame(made.pixels, None, origin, video.time(index))
        except av.FFmpegError as error:
            raise InputError(f"Cannot read frame {index + 1} of {video.path}: {error}.") from None
        raise InputError(f"Frame {index + 1} of {video.path} is gone: the file has changed.")

    def _jump(self, index: int) -> None:
        video = self._video
        if self._container is not None:
            self._container.close()
        self._container = opened(video.path)
        stream = self._container.streams.video[video.stream]
        stream.thread_type = "AUTO"
        self._next = 0
        if video.timed and index > _AHEAD:
            self._container.seek(video.moments[index], stream=stream)
            self._next = index
        self._decoded = self._container.decode(stream)


def upright(frame: Any, turns: int) -> np.ndarray[Any, Any]:
    """Return a decoded frame as sRGB, (H, W, 3): uint8, uint16 from deeper ones, float from HDR."""
    to_light = _TO_LIGHT.get(frame.color_trc)
    deep = any(component.bits > 8 for component in frame.format.components)
    values = frame.to_ndarray(
        format="rgb48le" if deep else "rgb24",
        src_colorspace=_matrix(frame),
        src_color_range=frame.color_range or ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=_EXACT,
    )
    if to_light is not None:
        signal = values.astype(np.float32) / np.float32(np.iinfo(values.dtype).max)
        values = hdr.light_to_srgb(to_light(signal))
    return np.ascontiguousarray(np.rot90(values, turns))


def _matrix(frame: Any) -> int:
    """Return the matrix from YUV to RGB; most files of a high resolution do not say it."""
    known = {int(value) for value in Colorspace}
    if int(frame.colorspace) in known:
        return int(frame.colorspace)
    # BT.2020, constant luminance or not.
    if int(frame.colorspace) == 10:
        return int(Colorspace.BT2020)
    return int(Colorspace.ITU709 if frame.height >= 720 else Colorspace.ITU601)


def _ends_early(container: Any, path: str, end: Fraction) -> bool:
    """Tell whether a file has much less in it than it says."""
    promised = Fraction(container.duration or 0, av.time_base) - _SLACK
    if end >= promised:
        return False
    if not container.streams.audio:
        return True
    # The sound may be meant to last longer than the picture.
    with opened(path) as again:
        packets = again.demux(again.streams.audio)
        sound = [
            packet.dts * Fraction(packet.time_base) for packet in packets if packet.dts is not None
        ]
    return max(sound, default=Fraction(0)) < promised


def _check_format(frame: Any, path: str) -> None:
    if any(component.is_alpha for component in frame.format.components):
        raise _transparent(path)


def _transparent(path: str) -> InputError:
    return InputError(
        f"Cannot read {path}: it has transparent parts, which clips cannot keep.",
        "Put it on a background first, or stylise its frames as a folder of PNG files.",
    )


def _stream(container: Any, path: str) -> tuple[int, Any]:
    """Return the first video stream that is no cover picture, and its number."""
    cover = av.stream.Disposition.attached_pic
    for number, stream in enumerate(container.streams.video):
        if not stream.disposition & cover:
            stream.thread_type = "AUTO"
            return number, stream
    what = "sound" if container.streams.audio else "nothing that can be shown"
    raise InputError(f"Cannot read {path}: it has no video in it, only {what}.")


def _increasing(moments: Sequence[int | None], step: int) -> tuple[int, ...]:
    """Return moments that increase; those that are missing or do not follow one another."""
    exact: list[int] = []
    for moment in moments:
        least = exact[-1] + 1 if exact else None
        if moment is None:
            moment = exact[-1] + step if exact else 0
        exact.append(moment if least is None else max(moment, least))
    return tuple(exact)
