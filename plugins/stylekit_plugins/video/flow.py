"""Video with a temporal loss along the optical flow.

M. Ruder, A. Dosovitskiy, T. Brox: "Artistic Style Transfer for Videos" (GCPR 2016), equations 8 and
10: the temporal loss is a weighted mean of squared differences from earlier results, each counted
where its flow is reliable and that of no nearer one is. Departures: DIS flow, a single pass over
the video, and an independent start for each scene. For a feed-forward method, whose output is no
minimum, the kernel takes the mean of output and warped results that the temporal loss implies.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from stylekit.events import FrameDone, Stage, Step
from stylekit.images.frames import Clip
from stylekit.methods.base import Job, Method, TemporalTarget, WarmStart, Work
from stylekit.methods.feed_forward import FeedForward
from stylekit.methods.per_frame import assess_frames, each_frame
from stylekit_plugins.video.optical_flow import estimate_motion
from stylekit_plugins.video.params import FlowParams

Events = Generator[Stage | Step | FrameDone, None, Clip | None]

LOOKBACK = (1, 10, 20)
FEED_FORWARD_LOOKBACK = (1,)
"""Each distance takes an optical flow, which costs more than a feed-forward method itself."""


class Flow(Method):
    """Starts each frame from the previous result, warped, and keeps it close where that is visible.

    The module's docstring has the paper.
    """

    def __init__(self, params: FlowParams) -> None:
        self.params = params

    def stylize(self, job: Job) -> Events:
        """Yield the events of the image method for each frame."""
        name = self.params.method
        return (
            yield from each_frame(
                job,
                lambda frame_job, index: self._constrained(frame_job, job, index).run_method(name),
            )
        )

    def work(
        self, width: int, height: int, frames: int, methods: Mapping[str, Method]
    ) -> Work | None:
        """Return the work for a whole first frame, and for warm starts in a single scene."""
        first = methods[self.params.method].work(width, height, 1, methods)
        if first is None:
            return None
        steps = (frames - 1) * max(self.params.warm_start_fraction * first.steps, 1)
        return Work(round(first.steps + steps), first.pixels + steps * width * height)

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the losses of the image method, averaged over sampled frames; no temporal loss."""
        return assess_frames(job.methods[self.params.method], job, result)

    def _constrained(self, frame_job: Job, job: Job, index: int) -> Job:
        """Return the job of a frame with its warm start and its temporal targets."""
        frame, params = frame_job.content.image, self.params
        feed_forward = isinstance(job.methods[params.method], FeedForward)
        lookback = params.lookback or (FEED_FORWARD_LOOKBACK if feed_forward else LOOKBACK)
        covered = torch.zeros(frame.height, frame.width)
        temporal_targets: list[TemporalTarget] = []
        start: Tensor | None = None
        for distance in sorted(lookback):
            earlier = index - distance
            if earlier < 0:
                break
            motion = estimate_motion(frame, job.content.frames[earlier])
            if not temporal_targets and float(motion.reliable.mean()) < params.scene_threshold:
                break
            warped = motion.warp(job.finished_frames[earlier].pixels)
            weight = (motion.reliable - covered).clamp(min=0)
            covered = covered + weight
            temporal_targets.append(TemporalTarget(warped, params.temporal_weight * weight))
            start = warped if start is None else start
        if start is None:
            return frame_job
        warm_start = WarmStart(frame.with_pixels(start.clamp(0, 1)), params.warm_start_fraction)
        return replace(frame_job, temporal_targets=tuple(temporal_targets), warm_start=warm_start)
