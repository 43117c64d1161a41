"""One run: read, stylize step by step, write each artifact with its record."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from stylekit.errors import InputError, MemoryLimitError, StylekitError
from stylekit.events import RunInfo, Step
from stylekit.files.locks import lock_file
from stylekit.images.frames import Clip, Frame, MappedFrames, fit
from stylekit.machine import devices
from stylekit.machine.interrupts import relayed
from stylekit.methods.base import Job, Region
from stylekit.records.provenance import Provenance
from stylekit.registry.observers import Lifecycle
from stylekit.result import Result
from stylekit.runs.executor import RunRequest, Task
from stylekit_plugins.execution.clip_formats import check_clip
from stylekit_plugins.execution.memory import check_memory, with_advice
from stylekit_plugins.execution.outputs import plan_targets
from stylekit_plugins.execution.provenance import provenance_of
from stylekit_plugins.execution.render import Context, Picture
from stylekit_plugins.execution.session import Session
from stylekit_plugins.execution.style_cache import Group, Styles

_log = logging.getLogger(f"stylekit.{__name__}")


class Execution:
    """The carrying out of one order.

    Args:
        result: grows meanwhile.
        workshop: suits the order.
    """

    def __init__(self, order: RunRequest, result: Result, workshop: Session) -> None:
        self.plan = order.plan
        self.result = result
        self._order = order
        self._workshop = workshop
        self._inputs = workshop.inputs
        self._timings = {"weights": 0.0}
        self._started = 0.0
        self._noted: set[str] = set()

    def steps(self) -> Iterator[Step]:
        """Do it, yielding each step after it is done; raises what `Executor.execute` does."""
        self._started = time.perf_counter()
        work = self.work()
        # A single result is locked before anything is read or loaded for it.
        with self._locked(work[0][1] if len(work) == 1 else None):
            yield from self._steps(work)

    def _steps(self, work: Sequence[tuple[Task, Path | None]]) -> Iterator[Step]:
        device = devices.choose(self.plan.config.device)
        tasks, targets = [task for task, _ in work], [target for _, target in work]
        several_styles = len({task.styles for task in tasks}) > 1
        # Before weights are fetched or loaded: if it is bad, say so at once.
        if len(tasks) == 1:
            content = self._inputs.content(tasks[0].content)
            styles = self._workshop.styles.of(tasks[0].styles)
            self._inputs.schedule(content, styles)
            first = 0 if content.is_video else None
            self._inputs.regions.check(content.image, styles, first)
            self._check_target(content, targets[0])
        elif not several_styles:
            self._workshop.styles.of(tasks[0].styles)
        try:
            components = self._workshop.components(device, self._timings)
        except Exception as error:
            # Whoever decodes weights may have taken a lack of memory for damage.
            seen = with_advice(error, self.plan)
            raise seen from seen.__cause__
        info = RunInfo(
            method=self.plan.method.component.id,
            device=str(device),
            config=self.plan.resolved(),
            total=len(tasks),
            quiet=self._order.quiet,
        )
        observers = [(part.component.id, part.make) for part in self.plan.observers]
        lifecycle = Lifecycle(self._order.manager, observers)
        context = Context(
            self.plan,
            self._workshop.sources,
            self._workshop.weights,
            lifecycle,
            info,
            self.result,
            self._timings,
            None if self.plan.blend is None else self.plan.blend.make(),
        )
        lifecycle.emit("run_started", run=info)
        bad_styles: set[Group] = set()
        try:
            for task, target in zip(tasks, targets, strict=True):
                if task.styles in bad_styles or task.content in self.result.failures:
                    continue
                try:
                    styles = self._workshop.styles.of(task.styles)
                except (InputError, MemoryLimitError) as error:
                    bad_styles.add(task.styles)
                    self._skip(task.styles[0].source, error, tasks)
                    continue
                try:
                    content = self._inputs.content(task.content)
                except (InputError, MemoryLimitError) as error:
                    self._skip(task.content, error, tasks)
                    continue
                try:
                    lacks = self._check_target(content, target)
                    for note in (*content.notes, *lacks):
                        _log.warning(note)
                    job = self._make_job(content, styles, components, device)
                    method = self._workshop.method
                    if content.is_video and not self.plan.method.spec.clips:
                        method = self._workshop.by_frames
                    provenance = self._provenance(task, content, job)
                    image = Picture(context, task, method, job, target, provenance)
                    with self._locked(target if len(tasks) > 1 else None):
                        yield from relayed(image.make())
                except Exception as error:
                    seen = with_advice(error, self.plan)
                    if not isinstance(seen, InputError | MemoryLimitError):
                        raise
                    self._skip(task.name if several_styles else task.content, seen, tasks)
                self.result.seconds = time.perf_counter() - self._started
                if self.result.interrupted:
                    break
        except BaseException as error:
            error = with_advice(error, self.plan)
            lifecycle.emit("run_failed", run=info, error=error)
            raise error from (error.__cause__ or None)
        self.result.seconds = time.perf_counter() - self._started
        lifecycle.emit("run_finished", run=info, result=self.result)
        if self.result.failures and not self.result.interrupted:
            names = ", ".join(self.result.failures)
            raise InputError(
                f"Parts of a batch of {len(tasks)} could not be done: {names}.",
                "The others are done.",
            )

    def work(self) -> Sequence[tuple[Task, Path | None]]:
        """Return the results to make, and where each goes; see `Executor.tasks`."""
        if self._order.tasks is not None:
            return self._order.tasks
        tasks = self._inputs.tasks()
        for note in dict.fromkeys(self._inputs.notes):
            _log.warning(note)
        if not self._order.write:
            return [(task, None) for task in tasks]
        targets = plan_targets(self.plan, tasks, self._workshop.sources, self._inputs.is_video)
        return list(zip(tasks, targets, strict=True))

    def _check_target(self, content: Clip, target: Path | None) -> list[str]:
        """Refuse a file that cannot hold the result, and say what it will lack."""
        if target is None or not content.is_video:
            return []
        width, height = self._result_size(content)
        # Memory for larger frames is checked later.
        if width < content.image.width:
            content = replace(content, frames=_resized(content.frames, width, height))
        lacks = check_clip(content, target, self.plan.catalogue, self.plan.config.tables)
        return [f"{target.name}: {' '.join(lacks)}"] if lacks else []

    def _skip(self, name: str, error: StylekitError, tasks: Sequence[Task]) -> None:
        """Leave out a part of a batch; with one result there is nothing else to do."""
        if len(tasks) == 1:
            raise error
        self.result.failures[name] = error.message
        _log.warning(f"{error.message} It is left out.")

    def _result_size(self, content: Clip) -> tuple[int, int]:
        """Return (width, height); even ones of a clip that is resized, as most players need."""
        image = content.image
        long_side = self.plan.config.size
        if long_side is None:
            long_side = max(image.width, image.height)
            if self.plan.frame_method.spec.default_size:
                long_side = min(long_side, self.plan.frame_method.spec.default_size)
        width, height = fit(image.width, image.height, long_side)
        if content.is_video and (width, height) != (image.width, image.height):
            return width + width % 2, height + height % 2
        return width, height

    def _make_job(
        self,
        content: Clip,
        styles: Styles,
        components: dict[Any, Any],
        device: torch.device,
    ) -> Job:
        config = self.plan.config
        memory = devices.free_memory(device)
        if config.memory_mb is not None:
            memory = min(memory, config.memory_mb * devices.MIB)
            devices.give_back_freed_memory()
        width, height = self._result_size(content)
        # Before anything of that size is made.
        check_memory(
            lambda size: max(
                self._workshop.method.bytes_needed(components, *size),
                *(x.bytes_needed(components, *size) for x in self._workshop.helpers.values()),
                0.0,
            ),
            width,
            height,
            memory,
        )
        frames = _resized(content.frames, width, height)
        if not content.is_video:
            frames = tuple(frames)
        schedule = self._inputs.schedule(content, styles)
        regions = self._inputs.regions

        def regions_at(index: int) -> tuple[Region, ...]:
            number = index if content.is_video else None
            frame = content.frames[index]
            return regions.of(frame, width, height, styles, number, content.frames)

        first = regions_at(0)
        for note in regions.notes:
            if note not in self._noted:
                self._noted.add(note)
                _log.warning(note)
        return Job(
            content=replace(content, frames=frames),
            styles=styles,
            components=components,
            specs=self.plan.specs,
            device=device,
            seed=config.seed,
            memory=memory,
            read_image=self._inputs.image,
            weights=self._workshop.load_weights,
            regions=first,
            methods=self._workshop.helpers,
            style_weights_at=None if schedule is None else schedule.weights_at,
            regions_at=regions_at,
        )

    def _provenance(self, task: Task, content: Clip, job: Job) -> Provenance:
        sources = [style.source for style in task.styles]
        frames = [style.frame for style in job.styles]
        return provenance_of(
            self.plan,
            task,
            self._workshop.sources,
            self._inputs.regions,
            {task.content: content.image, **dict(zip(sources, frames, strict=True))}
            | {name: self._inputs.image(name) for name in self._order.in_memory},
            self._workshop.weights.used,
            job.device,
        )

    def _locked(self, target: Path | None) -> contextlib.AbstractContextManager[None]:
        """Keep other runs off a file, and off its state and frames."""
        if target is None:
            return contextlib.nullcontext()
        return lock_file(target)


def _resized(frames: Sequence[Frame], width: int, height: int) -> Sequence[Frame]:
    """Return frames of another size, each made when it is asked for."""
    return MappedFrames(len(frames), lambda index: frames[index].resized(width, height))
