"""One result of a run: stylized step by step, then written, scored and recorded."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import replace

import torch

from stylekit.errors import PluginError
from stylekit.events import FrameDone, Stage, Step
from stylekit.images.frames import Clip, Frame, MappedFrames
from stylekit.machine.interrupts import saving
from stylekit.records.checkpoint import Checkpoint
from stylekit.result import TaskResult
from stylekit.runs.executor import Event
from stylekit_plugins.execution.compositing import composite
from stylekit_plugins.execution.estimates.speeds import Speed
from stylekit_plugins.execution.frame_store import FrameStore, check_kept, kept_path
from stylekit_plugins.execution.render_task import RenderContext, RenderTask
from stylekit_plugins.execution.result_writer import ResultWriter
from stylekit_plugins.execution.resume import kept_frames


class Render:
    """The making of one image or video.

    Attributes:
        speed: what the result took, after `run`; None: it was not made in one go.

    Raises:
        InputError: a source cannot be read.
    """

    def __init__(self, context: RenderContext, task: RenderTask) -> None:
        self._context = context
        self._task = task
        self._job = task.job
        self.speed: Speed | None = None
        self._steps = 0
        self._step_pixels = 0
        self._store: FrameStore | None = None
        self._was_resumed = False
        # Describes the inputs now and not at the end: a file may change meanwhile.
        self._writer = ResultWriter(context, task)

    def run(self) -> Generator[Event, None, bool]:
        """Yield the stages and steps and the result; return whether the user interrupted it.

        Raises:
            KeyboardInterrupt: before the first step, or again while the result was saved.
            InputError: the target exists and is not of this run, or cannot be written.
        """
        earlier = self._writer.earlier_result()
        if earlier is not None:
            yield earlier
            return False
        checkpoint = self._prepare()
        started = time.perf_counter()
        clip, interrupted = yield from self._stylize(checkpoint)
        seconds = time.perf_counter() - started
        result: TaskResult | None = None
        try:
            with saving():
                result = self._conclude(clip, checkpoint, interrupted, seconds)
        except KeyboardInterrupt:
            if result is not None:
                yield result
            raise
        except Exception:
            if self._context.total == 1:
                # Its caller has the image in memory, although it could not be written.
                yield self._writer.unwritten(clip, self._steps)
            raise
        if not result.interrupted:
            self.speed = self._measured(seconds, time.perf_counter() - started - seconds)
        yield result
        return result.interrupted

    def _prepare(self) -> Checkpoint | None:
        """Find what an earlier run has left to resume, and seed the random numbers."""
        config, target = self._context.plan.config, self._task.target
        if target is not None and self._job.content.is_video and config.keep_frames:
            check_kept(kept_path(target), config.overwrite, kept_frames(target))
        checkpoint: Checkpoint | None = None
        if target is not None:
            checkpoint = Checkpoint(target, self._task.provenance, config.checkpoint_seconds)
        torch.manual_seed(config.seed)
        if checkpoint is not None and config.resume:
            self._job = replace(self._job, resume=checkpoint.load(self._job.device))
        if self._job.content.is_video:
            provenance = self._task.provenance
            self._store = FrameStore(target, provenance, config.resume, config.overwrite)
            self._job = replace(self._job, finished_frames=self._store)
        self._was_resumed = self._job.resume is not None or bool(self._store)
        return checkpoint

    def _stylize(
        self, checkpoint: Checkpoint | None
    ) -> Generator[Stage | Step, None, tuple[Clip, bool]]:
        """Yield the method's stages and steps; return the result, and whether it is unfinished."""
        events = self._task.method.stylize(self._job)
        latest: Step | None = None
        try:
            while True:
                event = next(events)
                if isinstance(event, FrameDone):
                    self._keep(event)
                elif isinstance(event, Stage):
                    self._step_pixels += event.steps * event.width * event.height
                    yield event
                else:
                    latest = self._composited_step(event)
                    self._steps = event.index
                    yield latest
                    if checkpoint is not None:
                        checkpoint.keep(latest)
        except StopIteration as stop:
            return self._whole_video() or self._composited(stop.value, 0), False
        except KeyboardInterrupt:
            if latest is None:
                raise
            with saving():
                return self._video_so_far() or latest.snapshot(), True

    def _conclude(
        self, clip: Clip, checkpoint: Checkpoint | None, interrupted: bool, seconds: float
    ) -> TaskResult:
        """Write the result; if it is complete, remove what it would be resumed from."""
        # The record that is replaced says so; only videos have a store.
        target = None if self._store is None else self._task.target
        earlier = 0 if target is None else kept_frames(target)
        result = self._writer.write(clip, self._store, self._steps, interrupted, seconds)
        if checkpoint is not None and result.artifact is not None and not result.interrupted:
            if self._store is not None:
                self._writer.finish_frames(self._store, result.artifact.path, earlier)
            checkpoint.discard()
        return result

    def _measured(self, step_seconds: float, finish_seconds: float) -> Speed | None:
        """Return the speed of a frame; None if an earlier run has made a part of the result."""
        image, frames = self._job.content.image, len(self._job.content.frames)
        if self._was_resumed or not self._steps or not self._step_pixels:
            return None
        return Speed(
            pixels=image.width * image.height,
            steps=self._steps / frames,
            step_pixels=self._step_pixels / frames,
            step_seconds=step_seconds / frames,
            finish_seconds=finish_seconds / frames,
            start_seconds=self._context.load_seconds,
        )

    # -- frames of a video --------------------------------------------------------------------

    def _keep(self, done: FrameDone) -> None:
        """Keep a finished frame.

        Raises:
            PluginError: it is not the next one.
        """
        assert self._store is not None
        if done.index != len(self._store):
            raise PluginError(
                f"Method '{self._method_id}' finished frame {done.index}, but the next one is "
                f"frame {len(self._store)}."
            )
        frame = self._composited(Clip((done.frame,)), done.index).image
        with saving():
            self._store.add(frame)

    def _whole_video(self) -> Clip | None:
        """Return the finished video; None for an image.

        Raises:
            PluginError: frames are missing.
        """
        count, clip = len(self._job.content.frames), self._video_so_far()
        if self._store is not None and len(self._store) != count:
            raise PluginError(
                f"Method '{self._method_id}' finished only {len(self._store)} of {count} frames."
            )
        return clip

    def _video_so_far(self) -> Clip | None:
        """Return the video of all finished frames; None if there are none."""
        content, store = self._job.content, self._store
        if not store:
            return None
        times = content.times

        def timed(index: int) -> Frame:
            return replace(store[index], time=times[index])

        return replace(
            content, frames=MappedFrames(len(store), timed), times=times[: len(store)], notes=()
        )

    # -- regions ------------------------------------------------------------------------------

    def _composited_step(self, step: Step) -> Step:
        """Return the step with a snapshot that is composited into the regions."""
        if not self._job.regions:
            return step
        return replace(step, snapshot=lambda: self._composited(step.snapshot(), step.frame))

    def _composited(self, clip: Clip, index: int) -> Clip:
        """Composite an image, or a frame of a video, into its regions."""
        job = self._job
        if not job.regions:
            return clip
        content = Clip((job.content.frames[index],))
        regions = job.regions_at(index) if job.content.is_video else job.regions
        return composite(clip, content, regions, self._context.blend)

    @property
    def _method_id(self) -> str:
        return self._context.plan.method.component.id
