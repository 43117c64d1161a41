"""Runs an image method on a video, one frame at a time."""

from __future__ import annotations

from stylekit.images.frames import Clip
from stylekit.methods.base import Job, Method
from stylekit.methods.per_frame import Events, assess_frames, each_frame
from stylekit_plugins.execution.side_by_side import SideBySide, can_paint_side_by_side


class FrameByFrame(Method):
    """Stylizes each frame of a video with an image method, independently of the others."""

    def __init__(self, method: Method) -> None:
        self._method = method

    def stylize(self, job: Job) -> Events:
        """Yield the stages, the steps and the result of each frame that is left."""
        if can_paint_side_by_side(self._method, job):
            with SideBySide(self._method, job) as frames:
                return (yield from each_frame(job, frames.stylize))
        return (yield from each_frame(job, lambda part, index: self._method.stylize(part)))

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the means of the losses over some of the frames."""
        return assess_frames(self._method, job, result)
