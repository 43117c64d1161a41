"""Video, each frame on its own."""

from __future__ import annotations

from collections.abc import Generator, Mapping

from stylekit.events import FrameDone, Stage, Step
from stylekit.images.frames import Clip
from stylekit.methods.base import Job, Method, Work
from stylekit.methods.per_frame import assess_frames, each_frame
from stylekit_plugins.video.params import PerFrameParams

Events = Generator[Stage | Step | FrameDone, None, Clip | None]


class PerFrame(Method):
    """Stylizes each frame on its own: the baseline, which flickers."""

    def __init__(self, params: PerFrameParams) -> None:
        self._name = params.method

    def stylize(self, job: Job) -> Events:
        """Yield the events of the image method for each frame."""
        return (yield from each_frame(job, lambda frame_job, _: frame_job.run_method(self._name)))

    def work(
        self, width: int, height: int, frames: int, methods: Mapping[str, Method]
    ) -> Work | None:
        """Return the work of the image method for all frames."""
        each = methods[self._name].work(width, height, 1, methods)
        return None if each is None else Work(each.steps * frames, each.pixels * frames)

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the losses of the image method, averaged over sampled frames."""
        return assess_frames(job.methods[self._name], job, result)
