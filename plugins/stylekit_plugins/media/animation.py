"""Images that move: GIF, WebP, APNG and AVIF sequences."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from stylekit.errors import InputError
from stylekit.images.color import to_srgb
from stylekit.images.frames import Clip, Frame, LazyFrames
from stylekit_plugins.media.pillow import open_image, pillow_settings

_log = logging.getLogger(f"stylekit.{__name__}")

# What viewers do with a frame that names no time, in milliseconds.
_USUAL = 100


@dataclass(frozen=True)
class Durations:
    """How long each frame of an animation is shown.

    Attributes:
        plays: how often all of them are; 0: for ever.
    """

    milliseconds: tuple[float, ...]
    plays: int = 0


def repetitions(image: Any) -> int:
    """Return how often an opened animation is to be shown; 0: for ever."""
    loop = image.info.get("loop")
    if image.format == "GIF":
        # A GIF that says nothing is shown once, and others say how often it is shown again.
        return 1 if loop is None else loop and loop + 1
    return loop or 0


def animation(source: str, shown: Sequence[float], plays: int, limit: int) -> Clip:
    """Return the clip of an animation, whose frames are decoded when they are asked for.

    Args:
        shown: milliseconds of each frame, 0 where the file names none.
        plays: how often all of them are; 0: for ever.
        limit: pixels that a frame may have.
    """
    milliseconds = tuple(duration or _USUAL for duration in shown)
    times = [begun / 1000 for begun in accumulate(milliseconds[:-1], initial=0)]
    return Clip(
        frames=_AnimationFrames(source, times, limit),
        origin=source,
        fps=1000 * len(milliseconds) / sum(milliseconds),
        times=times,
        passthrough=Durations(milliseconds, plays),
    )


class _AnimationFrames(LazyFrames):
    """The frames of an animation; asking in order is fastest."""

    def __init__(self, source: str, times: list[float], limit: int) -> None:
        self._source = source
        self._times = times
        self._limit = limit
        self._image: Any = None
        self._first = 0
        self._whole = len(times)

    def __len__(self) -> int:
        return len(self._times)

    def load(self, index: int) -> Frame:
        """Decode a frame; in the place of a damaged one stands the last before it.

        Raises:
            InputError: the first frame is damaged.
        """
        while True:
            try:
                frame = self._decoded(min(index, self._whole - 1))
                break
            except MemoryError:
                raise
            except Exception as error:
                # Pillow's decoders raise whatever the damage leads to.
                damaged = min(index, self._whole - 1)
                if damaged == 0:
                    raise InputError(
                        f"Cannot read {self._source} (frame 1): it is damaged ({error})."
                    ) from None
                self._whole, self._image = damaged, None
                _log.warning(
                    "%s is damaged: from frame %d on, the last frame that can be decoded is shown.",
                    self._source,
                    damaged + 1,
                )
        if frame.alpha is not None and bool((frame.alpha == 1).all()):
            # WebP gives every animation an alpha.
            frame = replace(frame, alpha=None)
        return replace(frame, time=self._times[index])

    def _decoded(self, index: int) -> Frame:
        with pillow_settings(self._limit):
            if self._image is None:
                # Stays open: going on is much faster than beginning again.
                self._image = open_image(io.BytesIO(Path(self._source).read_bytes()))
                # An APNG may begin with an image that only other programs show.
                self._first = int(bool(self._image.info.get("default_image")))
            self._image.seek(self._first + index)
            self._image.load()
            origin = f"{self._source} (frame {index + 1})"
            return Frame.from_array(to_srgb(self._image.copy()), origin)
