"""Clips made by a method for pictures: each frame on its own, or held to those before it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import torch
from torch import Tensor

from stylekit.events import FrameDone, Stage, Step
from stylekit.images.frames import Clip
from stylekit.methods.base import Job, Method, TemporalTarget, WarmStart
from stylekit.methods.per_frame import assess_frames, each_frame
from stylekit_plugins.video.optical_flow import motion
from stylekit_plugins.video.params import FlowParams, PerFrameParams

Events = Generator[Stage | Step | FrameDone, None, Clip | None]


class PerFrame(Method):
    """Each frame on its own: the baseline, which flickers."""

    def __init__(self, params: PerFrameParams) -> None:
        self._name = params.method

    def stylize(self, job: Job) -> Events:
        """Yield what the method yields for each frame."""
        return (yield from each_frame(job, lambda part, index: part.run_method(self._name)))

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the losses of the method, means over some frames."""
        return assess_frames(job.methods[self._name], job, result)


class Flow(Method):
    """Frames that begin with the one before, moved along, and are held to it where it can be seen.

    M. Ruder, A. Dosovitskiy, T. Brox: "Artistic Style Transfer for Videos" (GCPR 2016), equations 8
    and 10: the temporal loss is a weighted mean of squared differences from earlier results, each
    counted where its flow is reliable and that of no nearer one is. Departures: DIS flow; one pass;
    a new scene begins anew.
    """

    def __init__(self, params: FlowParams) -> None:
        self.params = params

    def stylize(self, job: Job) -> Events:
        """Yield what the method yields for each frame."""
        name = self.params.method
        return (
            yield from each_frame(
                job, lambda part, index: self._held(part, job, index).run_method(name)
            )
        )

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the losses of the method, means over some frames; without the temporal one."""
        return assess_frames(job.methods[self.params.method], job, result)

    def _held(self, part: Job, job: Job, index: int) -> Job:
        """Return the job of a frame with what it begins with and is held to."""
        frame, params = part.content.image, self.params
        taken = torch.zeros(frame.height, frame.width)
        temporal_targets: list[TemporalTarget] = []
        beginning: Tensor | None = None
        for distance in sorted(params.back):
            before = index - distance
            if before < 0:
                break
            found = motion(frame, job.content.frames[before])
            if not temporal_targets and float(found.reliable.mean()) < params.cut:
                break
            moved = found.moved(job.finished_frames[before].pixels)
            counts = (found.reliable - taken).clamp(min=0)
            taken = taken + counts
            temporal_targets.append(TemporalTarget(moved, params.temporal * counts))
            beginning = moved if beginning is None else beginning
        if beginning is None:
            return part
        start = WarmStart(frame.with_pixels(beginning.clamp(0, 1)), params.effort)
        return replace(part, temporal_targets=tuple(temporal_targets), warm_start=start)
