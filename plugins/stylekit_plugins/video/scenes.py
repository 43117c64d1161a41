"""Cached frames and motions of a video, and the bounds of its scenes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from torch import Tensor

from stylekit.images.frames import Frame
from stylekit_plugins.video.optical_flow import Motion, estimate_motion

_MAX_MOTIONS = 64
"""Maximum number of cached motions."""

_MOTION_BYTES, _FRAME_BYTES = 12, 3
"""Bytes per pixel of a motion and of a frame."""

_CACHE_BYTES = 256 * 2**20
"""Maximum bytes of the cached frames, and of the cached motions."""


class Scenes:
    """The frames of a video, and the motion from each frame to the previous one.

    Args:
        frames: of the video.
        threshold: fraction of a frame that must be visible in the previous frame; below it a new
            scene starts.
    """

    def __init__(self, frames: Sequence[Frame], threshold: float) -> None:
        first = frames[0]
        capacity = _CACHE_BYTES // (first.width * first.height)
        self._threshold, self._count = threshold, len(frames)
        self._array = lru_cache(maxsize=max(2, capacity // _FRAME_BYTES))(
            lambda index: frames[index].to_array()
        )
        self._motion = lru_cache(maxsize=min(_MAX_MOTIONS, max(2, capacity // _MOTION_BYTES)))(
            lambda index: estimate_motion(self.frame(index), self.frame(index - 1))
        )
        self._continues: dict[int, bool] = {0: False}

    def frame(self, index: int) -> Frame:
        """Return a frame, rounded to 8 bits."""
        return Frame.from_array(self._array(index))

    def pixels(self, index: int) -> Tensor:
        """Return a frame's pixels, (3, H, W)."""
        return self.frame(index).pixels

    def motion(self, index: int) -> Motion:
        """Return the motion from a frame to the previous one."""
        motion: Motion = self._motion(index)
        self._continues[index] = float(motion.reliable.mean()) >= self._threshold
        return motion

    def around(self, index: int, reach: int) -> tuple[int, int]:
        """Return the first and the last frame of the same scene, at most `reach` frames away."""
        first = last = index
        while first > max(0, index - reach) and self.continues(first):
            first -= 1
        while last < min(self._count - 1, index + reach) and self.continues(last + 1):
            last += 1
        return first, last

    def continues(self, index: int) -> bool:
        """Return whether a frame belongs to the scene of the previous one."""
        if index not in self._continues:
            self.motion(index)
        return self._continues[index]
