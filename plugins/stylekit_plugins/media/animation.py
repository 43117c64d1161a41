"""Images that move: GIF, WebP, APNG and AVIF sequences."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from stylekit.color import to_srgb
from stylekit.errors import InputError
from stylekit.frames import Clip, Frame, LazyFrames
from stylekit_plugins.media.pillow import open_picture, pillow_settings

# What viewers do with a frame that names no time, in milliseconds.
_USUAL = 100


@dataclass(frozen=True)
class Durations:
    """How long each frame of an animation is shown."""

    milliseconds: tuple[float, ...]


def animation(source: str, shown: Sequence[float], limit: int) -> Clip:
    """Return the clip of an animation, whose frames are decoded when they are asked for.

    Args:
        shown: milliseconds of each frame, 0 where the file names none.
        limit: pixels that a frame may have.
    """
    milliseconds = tuple(duration or _USUAL for duration in shown)
    times = [begun / 1000 for begun in accumulate(milliseconds[:-1], initial=0)]
    return Clip(
        frames=_AnimationFrames(source, times, limit),
        origin=source,
        fps=1000 * len(milliseconds) / sum(milliseconds),
        times=times,
        carried=Durations(milliseconds),
    )


class _AnimationFrames(LazyFrames):
    """The frames of an animation; asking in order is fastest."""

    def __init__(self, source: str, times: list[float], limit: int) -> None:
        self._source = source
        self._times = times
        self._limit = limit
        self._picture: Any = None
        self._first = 0

    def __len__(self) -> int:
        return len(self._times)

    def make(self, index: int) -> Frame:
        origin = f"{self._source} (frame {index + 1})"
        try:
            with pillow_settings(self._limit):
                if self._picture is None:
                    # Stays open: going on is much faster than beginning again.
                    self._picture = open_picture(io.BytesIO(Path(self._source).read_bytes()))
                    # An APNG may begin with an image that only other programs show.
                    self._first = int(bool(self._picture.info.get("default_image")))
                self._picture.seek(self._first + index)
                self._picture.load()
                frame = Frame.from_array(to_srgb(self._picture.copy()), origin)
        except MemoryError:
            raise
        except Exception as error:
            # Pillow's decoders raise whatever the damage leads to.
            raise InputError(f"Cannot read {origin}: it is damaged ({error}).") from None
        if frame.alpha is not None and bool((frame.alpha == 1).all()):
            # WebP gives every animation an alpha.
            frame = replace(frame, alpha=None)
        return replace(frame, time=self._times[index])


def write_animation(clip: Clip, path: str, file_format: str, options: dict[str, Any]) -> None:
    """Write a clip that is shown again and again; frame by frame, so that it may be long."""
    pictures = (frame.to_pil() for frame in clip.frames)
    next(pictures).save(
        path,
        file_format,
        save_all=True,
        append_images=pictures,
        duration=_durations(clip),
        loop=0,
        **options,
    )


def _durations(clip: Clip) -> list[float]:
    """Return how long each frame is shown, in milliseconds."""
    count = len(clip.frames)
    if isinstance(clip.carried, Durations):
        return list(clip.carried.milliseconds[:count])
    usual = 1 / (clip.fps or 25)
    ends = [*clip.times[1:count], clip.times[count - 1] + usual]
    # Rounded so that the whole takes as long as it should.
    marks = [round(1000 * time) for time in (clip.times[0], *ends)]
    return [max(1, later - earlier) for earlier, later in pairwise(marks)]
