"""What strategies ask of a clip again and again: its frames, their motion, where a scene ends."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from torch import Tensor

from stylekit.images.frames import Frame
from stylekit_plugins.video.optical_flow import Motion, motion

_KEPT = 64
"""Motions that are kept at most."""

_MOTION, _FRAME = 12, 3
"""Bytes a pixel that a motion and a frame take."""

_BYTES = 256 * 2**20
"""Bytes that the frames which are kept may take, and as many the motions."""


class Scenes:
    """A clip's frames, and the motion from each to the one before.

    Args:
        frames: of the clip.
        cut: a frame of which less than this part was to be seen before begins a scene.
    """

    def __init__(self, frames: Sequence[Frame], cut: float) -> None:
        first = frames[0]
        fit = _BYTES // (first.width * first.height)
        self._cut, self._count = cut, len(frames)
        self._array = lru_cache(maxsize=max(2, fit // _FRAME))(
            lambda index: frames[index].to_array()
        )
        self._motion = lru_cache(maxsize=min(_KEPT, max(2, fit // _MOTION)))(
            lambda index: motion(self.frame(index), self.frame(index - 1))
        )
        self._continues: dict[int, bool] = {0: False}

    def frame(self, index: int) -> Frame:
        """Return a frame, rounded to 8 bits."""
        return Frame.from_array(self._array(index))

    def pixels(self, index: int) -> Tensor:
        """Return a frame's pixels, (3, H, W)."""
        return self.frame(index).pixels

    def motion(self, index: int) -> Motion:
        """Return the motion from a frame to the one before."""
        found: Motion = self._motion(index)
        self._continues[index] = float(found.reliable.mean()) >= self._cut
        return found

    def around(self, index: int, reach: int) -> tuple[int, int]:
        """Return the first and the last frame of the same scene, at most `reach` away."""
        first = last = index
        while first > max(0, index - reach) and self.continues(first):
            first -= 1
        while last < min(self._count - 1, index + reach) and self.continues(last + 1):
            last += 1
        return first, last

    def continues(self, index: int) -> bool:
        """Return whether a frame belongs to the scene of the one before."""
        if index not in self._continues:
            self.motion(index)
        return self._continues[index]
