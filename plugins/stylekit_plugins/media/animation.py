"""Animated images: GIF, WebP, APNG and AVIF sequences."""

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

# Milliseconds that viewers show a frame without a duration.
_DEFAULT_DURATION = 100


@dataclass(frozen=True)
class Durations:
    """The durations of the frames of an animation.

    Attributes:
        plays: repetitions of the whole animation; 0: forever.
    """

    milliseconds: tuple[float, ...]
    plays: int = 0


def repetitions(image: Any) -> int:
    """Return how often an open animation is played; 0: forever."""
    loop = image.info.get("loop")
    if image.format == "GIF":
        # A GIF without a loop count plays once; the count is that of additional plays.
        return 1 if loop is None else loop and loop + 1
    return loop or 0


def animation(source: str, durations: Sequence[float], plays: int, limit: int) -> Clip:
    """Return the clip of an animation, whose frames are decoded lazily.

    Args:
        shown: milliseconds of each frame, 0 where the file names none.
        plays: repetitions of the whole animation; 0: forever.
        limit: maximum pixels of a frame.
    """
    milliseconds = tuple(duration or _DEFAULT_DURATION for duration in durations)
    times = [elapsed / 1000 for elapsed in accumulate(milliseconds[:-1], initial=0)]
    return Clip(
        frames=_AnimationFrames(source, times, limit),
        origin=source,
        fps=1000 * len(milliseconds) / sum(milliseconds),
        times=times,
        passthrough=Durations(milliseconds, plays),
    )


class _AnimationFrames(LazyFrames):
    """The frames of an animation; access in order is fastest."""

    def __init__(self, source: str, times: list[float], limit: int) -> None:
        self._source = source
        self._times = times
        self._limit = limit
        self._image: Any = None
        self._skipped = 0
        self._intact = len(times)

    def __len__(self) -> int:
        return len(self._times)

    def load(self, index: int) -> Frame:
        """Decode a frame; the last intact frame replaces damaged ones.

        Raises:
            InputError: the first frame is damaged.
        """
        while True:
            try:
                frame = self._decode(min(index, self._intact - 1))
                break
            except MemoryError:
                raise
            except Exception as error:
                # Damaged files raise any type of exception in Pillow.
                damaged = min(index, self._intact - 1)
                if damaged == 0:
                    raise InputError(
                        f"Cannot read {self._source} (frame 1): it is damaged ({error})."
                    ) from None
                self._intact, self._image = damaged, None
                _log.warning(
                    "%s is damaged: from frame %d on, the last frame that can be decoded is shown.",
                    self._source,
                    damaged + 1,
                )
        if frame.alpha is not None and bool((frame.alpha == 1).all()):
            # Pillow adds an alpha channel to every WebP animation.
            frame = replace(frame, alpha=None)
        return replace(frame, time=self._times[index])

    def _decode(self, index: int) -> Frame:
        with pillow_settings(self._limit):
            if self._image is None:
                # The file stays open: decoding the next frame is much faster than starting again.
                self._image = open_image(io.BytesIO(Path(self._source).read_bytes()))
                # An APNG may begin with a default image that is not part of the animation.
                self._skipped = int(bool(self._image.info.get("default_image")))
            self._image.seek(self._skipped + index)
            self._image.load()
            origin = f"{self._source} (frame {index + 1})"
            return Frame.from_array(to_srgb(self._image.copy()), origin)
