"""Writes one result, scores it as saved, and writes its run record beside it."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

from stylekit.errors import InputError
from stylekit.events import Artifact
from stylekit.files.json_text import finite
from stylekit.files.ownership import OwnFiles
from stylekit.images.frames import Clip, Frame
from stylekit.inputs.syntax import parse_region
from stylekit.machine import devices
from stylekit.machine.interrupts import stoppable
from stylekit.records import record
from stylekit.result import TaskResult
from stylekit.runs.config import RunConfig
from stylekit_plugins.execution.frame_store import FrameStore, free_path, kept_path
from stylekit_plugins.execution.provenance import describe_inputs
from stylekit_plugins.execution.render_task import RenderContext, RenderTask
from stylekit_plugins.execution.resume import finished, tidy

_log = logging.getLogger(f"stylekit.{__name__}")


class ResultWriter:
    """The files of one result.

    Raises:
        InputError: a source cannot be read.
    """

    def __init__(self, context: RenderContext, task: RenderTask) -> None:
        self._context = context
        self._task = task
        self._config = context.plan.config
        styles = task.task.styles
        self._inputs = {
            "content": describe_inputs(task.provenance, [task.task.content]),
            "style": describe_inputs(task.provenance, (style.source for style in styles)),
            "region": describe_inputs(
                task.provenance, (parse_region(region).source for region in self._config.region)
            ),
        }

    def earlier_result(self) -> TaskResult | None:
        """Return the result, with --resume, if an earlier run has finished it.

        Raises:
            InputError: the target holds a result of another run.
        """
        target, config = self._task.target, self._config
        if target is None or not config.resume or config.overwrite:
            return None
        earlier = finished(target, self._task.provenance)
        if earlier is None:
            return None
        tidy(target, self._task.provenance, config.keep_frames)
        _log.info(f"{target} is already done.")
        artifact = Artifact(target, record.record_path(target), earlier["artifact"]["sha256"])
        return self._result(
            self._saved(target),
            artifact=artifact,
            is_new=False,
            losses=earlier.get("losses", {}),
            record=earlier,
        )

    def unwritten(self, clip: Clip, steps: int) -> TaskResult:
        """Return a result that could not be written."""
        return self._result(clip, steps=steps)

    def write(
        self, clip: Clip, store: FrameStore | None, steps: int, interrupted: bool, seconds: float
    ) -> TaskResult:
        """Write the result and its record, if it has a target, and score it as saved.

        Args:
            store: of a video: its finished frames.
            seconds: wall time of the stylization.

        Raises:
            InputError: the file cannot be written.
        """
        target = self._task.target
        if target is None:
            rounded = (Frame.from_array(frame.to_array()) for frame in clip)
            scores = self._score(clip if clip.is_video else Clip(tuple(rounded)), interrupted)
            details = self._record(store, steps, seconds, scores)
            return self._result(clip, steps=steps, record=details, **scores.fields)
        writer = self._context.sources.writer(target)
        own = OwnFiles(self._may_replace)
        try:
            with own.draft(target) as draft:
                writer.write(clip, str(draft.path))
                scores = self._score(self._context.sources.read(str(draft.path)), interrupted)
                details = self._record(store, steps, seconds, scores)
                artifact = record.publish(draft, target, details, own)
        except InputError as error:
            if store is None:
                raise
            raise InputError(
                error.message,
                f"{len(store)} finished frames are kept in {store.folder}: fix the cause, and "
                "--resume writes the video.",
            ) from error
        if not scores.interrupted or store is None:
            clip = self._saved(artifact.path)
        return self._result(clip, artifact=artifact, steps=steps, record=details, **scores.fields)

    def finish_frames(self, store: FrameStore, written: Path, earlier: int) -> None:
        """Remove the frames of a video that is written, or keep them beside it.

        Args:
            earlier: how many frames of an earlier run may be replaced.
        """
        kept = kept_path(written) if self._config.keep_frames else None
        if kept is not None and not self._config.overwrite:
            free = free_path(kept)
            if free != kept:
                _log.warning(f"{kept} exists now: the frames are in {free}.")
            kept = free
        store.finish(kept, earlier if written == self._task.target else 0)

    def _may_replace(self, target: Path) -> bool:
        """Return whether an existing file may be replaced: with --overwrite, or if it is ours."""
        if self._config.overwrite or not self._config.resume:
            return self._config.overwrite
        try:
            finished(target, self._task.provenance)
        except InputError:
            return False
        return target.exists() or record.record_path(target).exists()

    def _saved(self, target: Path) -> Clip:
        """Return the result as it is in its file: a batch does not hold what it has written."""
        sources, content = self._context.sources, self._task.job.content
        if content.is_video:
            return sources.read(str(target))
        return sources.read_later(str(target.absolute()), content.origin)

    def _score(self, saved: Clip, interrupted: bool) -> _Scores:
        """Return the losses of the result as it is saved."""
        job, losses = self._task.job, {}
        started = time.perf_counter()
        try:
            with stoppable():
                losses = self._task.method.assess(job, saved)
        except KeyboardInterrupt:
            # The image is done, and gets its record all the same.
            interrupted = True
        seconds = time.perf_counter() - started
        return _Scores(losses, seconds, devices.peak_memory_mb(job.device), interrupted)

    def _record(
        self, store: FrameStore | None, steps: int, seconds: float, scores: _Scores
    ) -> dict[str, Any]:
        """Return the run record."""
        timings = {
            "weights": self._context.load_seconds,
            "stylize": seconds,
            "assess": scores.seconds,
        }
        details = self._describe() | {
            "fingerprint": self._task.provenance.digest,
            "provenance": self._task.provenance.facts,
            "steps": steps,
            "losses": finite(scores.losses),
            "seconds": {name: round(value, 3) for name, value in timings.items()},
            "peak_memory_mb": round(scores.peak_memory_mb, 1),
            "interrupted": scores.interrupted,
        }
        if self._config.keep_frames and not scores.interrupted and store is not None:
            # So that a later run knows which frames there are not the user's.
            details["kept_frames"] = len(store)
        return details

    def _describe(self) -> dict[str, Any]:
        """Describe the inputs and the components for the record."""
        context, task, content = self._context, self._task.task, self._task.job.content
        plan, target = context.plan, self._task.target
        device = devices.describe(self._task.job.device)
        # A method may have loaded more weights than those of the plan.
        details = record.describe_plan(plan, context.weights.used, device)
        files = [context.weights.styles.get(style.source) for style in task.styles]
        trained = {each.component.id: each.component for each in files if each is not None}
        details["components"] += [each.describe_version() for each in trained.values()]
        details["config"]["content"] = [task.content]
        details["config"]["style"] = [style.text for style in task.styles]
        details["config"]["each_style"] = False
        folder = None if target is None else target.parent
        portable = (RunConfig, plan.catalogue, folder)
        details["config"] = record.portable_config(details["config"], *portable)
        details["inputs"] = record.portable_inputs(self._inputs, *portable)
        details["size"] = [content.image.width, content.image.height]
        if content.is_video:
            details["frames"] = len(content.frames)
        return details

    def _result(self, clip: Clip, **fields: Any) -> TaskResult:
        task = self._task.task
        styles = tuple(style.text for style in task.styles)
        return TaskResult(self._task.number, task.content, styles, clip, **fields)


class _Scores:
    """The losses of a saved result, and what it took to compute them."""

    def __init__(
        self, losses: dict[str, float], seconds: float, peak_memory_mb: float, interrupted: bool
    ) -> None:
        self.losses = losses
        self.seconds = seconds
        self.peak_memory_mb = peak_memory_mb
        self.interrupted = interrupted

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of `TaskResult` among them."""
        return {
            "losses": self.losses,
            "peak_memory_mb": self.peak_memory_mb,
            "interrupted": self.interrupted,
        }
