"""One result of a run, a picture or a clip: made step by step, written, measured, recorded."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from stylekit.errors import InputError, Interrupted, PluginError
from stylekit.events import Artifact, FrameDone, RunInfo, Stage, Step
from stylekit.files.json_text import finite
from stylekit.files.ownership import OwnFiles
from stylekit.images.frames import Clip, Frame, MappedFrames
from stylekit.inputs.sources import Sources
from stylekit.inputs.syntax import parse_region
from stylekit.machine import devices
from stylekit.machine.interrupts import saving, stoppable
from stylekit.methods.base import Job, Method
from stylekit.protocols import Blend
from stylekit.records import record
from stylekit.records.checkpoint import Checkpoint
from stylekit.records.provenance import Provenance
from stylekit.registry.observers import Lifecycle
from stylekit.result import Result
from stylekit.runs.config import RunConfig
from stylekit.runs.executor import Task
from stylekit.runs.plan import Plan
from stylekit.weights.manager import WeightsManager
from stylekit_plugins.execution.compositing import shown
from stylekit_plugins.execution.frame_store import FrameStore, check_kept, free_path, kept_path
from stylekit_plugins.execution.provenance import describe_inputs
from stylekit_plugins.execution.resume import finished, kept_frames, tidy

_log = logging.getLogger(f"stylekit.{__name__}")


@dataclass(frozen=True)
class Context:
    """What all pictures of a run share."""

    plan: Plan
    sources: Sources
    weights: WeightsManager
    lifecycle: Lifecycle
    info: RunInfo
    result: Result
    timings: dict[str, float]
    blend: Blend | None = None


class Picture:
    """The making of one picture or clip.

    Args:
        task: the sources that the job was made of.
        target: where it goes; None: it is only returned.
        provenance: what decides it.
    """

    def __init__(
        self,
        context: Context,
        task: Task,
        method: Method,
        job: Job,
        target: Path | None,
        provenance: Provenance,
    ) -> None:
        self._context = context
        self._task = task
        self._method = method
        self._job = job
        self._target = target
        self._steps = 0
        self._store: FrameStore | None = None
        self._provenance = provenance
        # Now, and not at the end: a file may be changed meanwhile.
        self._inputs = {
            "content": describe_inputs(context.sources, [task.content]),
            "style": describe_inputs(context.sources, (style.source for style in task.styles)),
            "region": describe_inputs(
                context.sources,
                (parse_region(region).source for region in context.plan.config.region),
            ),
        }

    def make(self) -> Iterator[Step]:
        """Do the work, yielding each step after it is done.

        Raises:
            Interrupted: before the first step. Later, the result says so and holds the best so far.
            InputError: the target exists and is not of this run.
        """
        if self._is_done():
            return
        context, job = self._context, self._job
        config = context.plan.config
        if self._target is not None and job.content.is_video and config.keep_frames:
            kept = kept_path(self._target)
            check_kept(kept, config.overwrite, kept_frames(self._target))
        checkpoint = self._checkpoint()
        resumes = config.resume
        torch.manual_seed(config.seed)
        if checkpoint is not None and resumes:
            job = replace(job, resume=checkpoint.load(job.device))
        if job.content.is_video:
            self._store = FrameStore(self._target, self._provenance, resumes, config.overwrite)
            job = replace(job, finished_frames=self._store)
        begun = time.perf_counter()
        before = context.result.steps
        events = self._method.stylize(job)
        latest: Step | None = None
        try:
            while True:
                event = next(events)
                if isinstance(event, Stage):
                    context.lifecycle.emit("stage_started", run=context.info, stage=event)
                    continue
                if isinstance(event, FrameDone):
                    self._keep(event)
                    continue
                latest = event = self._in_place(event)
                self._steps = event.index
                context.result.steps = before + event.index
                context.lifecycle.emit("step_finished", run=context.info, step=event)
                yield event
                if checkpoint is not None:
                    checkpoint.keep(event)
        except StopIteration as stop:
            clip = self._whole() or self._shown(stop.value, 0)
        except KeyboardInterrupt:
            context.result.interrupted = True
            if latest is None:
                raise Interrupted("Stopped before the first step; nothing was written.") from None
            with saving():
                clip = self._so_far() or latest.snapshot()
        context.timings["stylize"] = time.perf_counter() - begun
        with saving():
            self._conclude(clip, checkpoint)

    def _conclude(self, clip: Clip, checkpoint: Checkpoint | None) -> None:
        """Write the result, and remove what it was to be continued from if it is complete."""
        context = self._context
        clips = context.result.clips
        clips.append(clip)
        earlier = 0 if self._target is None else kept_frames(self._target)
        try:
            written = self._finish(clip)
        except Exception:
            if context.info.total != 1:
                # A batch does not hold what cannot be written.
                clips.pop()
            raise
        ended = not context.result.interrupted
        if written is not None and (ended or self._store is None):
            clips[-1] = self._saved(written)
        if checkpoint is not None and written is not None and ended:
            if self._store is not None:
                self._finish_frames(written, earlier)
            checkpoint.discard()

    def _saved(self, target: Path) -> Clip:
        """Return the result as it lies in its file: a batch does not hold what it has written."""
        sources, content = self._context.sources, self._job.content
        if content.is_video:
            return sources.read(str(target))
        return sources.read_later(str(target.absolute()), content.origin)

    def _keep(self, done: FrameDone) -> None:
        """Keep a finished frame."""
        assert self._store is not None
        if done.index != len(self._store):
            raise PluginError(
                f"Method '{self._context.info.method}' finished frame {done.index}, and frame "
                f"{len(self._store)} was the next."
            )
        frame = self._shown(Clip((done.frame,)), done.index).image
        with saving():
            self._store.add(frame)

    def _whole(self) -> Clip | None:
        """Return the finished clip; None for a picture."""
        count, clip = len(self._job.content.frames), self._so_far()
        if self._store is not None and len(self._store) != count:
            raise PluginError(
                f"Method '{self._context.info.method}' finished {len(self._store)} of {count} "
                "frames and went no further."
            )
        return clip

    def _so_far(self) -> Clip | None:
        """Return the clip of all frames that are finished; None if there are none."""
        content, store = self._job.content, self._store
        if not store:
            return None
        times = content.times

        def timed(index: int) -> Frame:
            return replace(store[index], time=times[index])

        return replace(
            content, frames=MappedFrames(len(store), timed), times=times[: len(store)], notes=()
        )

    def _in_place(self, step: Step) -> Step:
        """Return the step with what its regions show."""
        if not self._job.regions:
            return step
        return replace(step, snapshot=lambda: self._shown(step.snapshot(), step.frame))

    def _shown(self, clip: Clip, index: int) -> Clip:
        """Return what a picture, or a frame of a clip, is in its regions."""
        job = self._job
        if not job.regions:
            return clip
        content = Clip((job.content.frames[index],))
        regions = job.regions_at(index) if job.content.is_video else job.regions
        return shown(clip, content, regions, self._context.blend)

    def _checkpoint(self) -> Checkpoint | None:
        if self._target is None:
            return None
        seconds = self._context.plan.config.checkpoint_seconds
        return Checkpoint(self._target, self._provenance, seconds)

    def _is_done(self) -> bool:
        """With --resume, tell whether an earlier run finished this very picture.

        Raises:
            InputError: there is a picture of another run.
        """
        context, target, config = self._context, self._target, self._context.plan.config
        if target is None or not config.resume or config.overwrite:
            return False
        earlier = finished(target, self._provenance)
        if earlier is None:
            return False
        tidy(target, self._provenance, config.keep_frames)
        _log.info(f"{target} is done already.")
        result = context.result
        digest = earlier["artifact"]["sha256"]
        result.artifacts.append(Artifact(target, record.record_path(target), digest))
        result.clips.append(self._saved(target))
        result.losses, result.record = earlier.get("losses", {}), earlier
        return True

    def _finish_frames(self, written: Path, earlier: int) -> None:
        """Remove the frames of a clip that is written, or keep them as well."""
        assert self._store is not None
        config = self._context.plan.config
        kept = kept_path(written) if config.keep_frames else None
        if kept is not None and not config.overwrite:
            free = free_path(kept)
            if free != kept:
                _log.warning(f"{kept} is there now: the frames are in {free}.")
            kept = free
        self._store.finish(kept, earlier if written == self._target else 0)

    def _may_replace(self, target: Path) -> bool:
        """Return whether what is there now may go: the user says so, or it is of this very run."""
        config = self._context.plan.config
        if config.overwrite or not config.resume:
            return config.overwrite
        try:
            finished(target, self._provenance)
        except InputError:
            return False
        return target.exists() or record.record_path(target).exists()

    def _finish(self, clip: Clip) -> Path | None:
        """Write the result, measure it as saved, and write its record; return where it is."""
        context, target = self._context, self._target
        if target is None:
            rounded = (Frame.from_array(frame.to_array()) for frame in clip)
            self._measure(clip if clip.is_video else Clip(tuple(rounded)))
            context.result.record = self._measured()
            return None
        writer = context.sources.writer(target)
        own = OwnFiles(self._may_replace)
        try:
            with own.draft(target) as draft:
                writer.write(clip, str(draft.path))
                self._measure(context.sources.read(str(draft.path)))
                context.result.record = self._measured()
                artifact = record.publish(draft, target, context.result.record, own)
        except InputError as error:
            if self._store is None:
                raise
            raise InputError(
                error.message,
                f"{len(self._store)} finished frames are kept in {self._store.folder}: mend "
                "what is wrong, and --resume writes the clip.",
            ) from error
        context.result.artifacts.append(artifact)
        context.lifecycle.emit("artifact_written", run=context.info, artifact=artifact)
        return artifact.path

    def _measure(self, saved: Clip) -> None:
        """Take the losses of the result as it is saved."""
        context, result = self._context, self._context.result
        begun = time.perf_counter()
        try:
            with stoppable():
                result.losses = self._method.assess(self._job, saved)
        except KeyboardInterrupt:
            # The picture is done, and it is not left without its record.
            result.interrupted, result.losses = True, {}
        context.timings["assess"] = time.perf_counter() - begun
        result.peak_memory_mb = devices.peak_memory_mb(self._job.device)

    def _measured(self) -> dict[str, Any]:
        """Return the record."""
        result = self._context.result
        # Only now: a method may have loaded more weights meanwhile.
        return self._describe() | {
            "fingerprint": self._provenance.digest,
            "provenance": self._provenance.facts,
            "steps": self._steps,
            "losses": finite(result.losses),
            "seconds": {name: round(value, 3) for name, value in self._context.timings.items()},
            "peak_memory_mb": round(result.peak_memory_mb, 1),
            "interrupted": result.interrupted,
            **self._frames_noted(),
        }

    def _frames_noted(self) -> dict[str, int]:
        """Return how many frames are kept, so that a later run knows which are not the user's."""
        keeps = self._context.plan.config.keep_frames and not self._context.result.interrupted
        return {"kept_frames": len(self._store)} if keeps and self._store is not None else {}

    def _describe(self) -> dict[str, Any]:
        context, content = self._context, self._job.content
        styles = self._task.styles
        device = devices.describe(self._job.device)
        details = record.describe_plan(context.plan, context.weights.used, device)
        details["config"]["content"] = [self._task.content]
        details["config"]["style"] = [style.text for style in styles]
        details["config"]["each_style"] = False
        folder = None if self._target is None else self._target.parent
        catalogue = context.plan.catalogue
        details["config"] = record.portable_config(details["config"], RunConfig, catalogue, folder)
        details["inputs"] = record.portable_inputs(self._inputs, RunConfig, catalogue, folder)
        details["size"] = [content.image.width, content.image.height]
        if content.is_video:
            details["frames"] = len(content.frames)
        return details
