"""One run: reads the inputs and makes one result after the other."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from stylekit.errors import InputError, MemoryLimitError, StylekitError
from stylekit.events import RunStarted, Skipped
from stylekit.files.locks import lock_file
from stylekit.images.frames import Clip, Frame, MappedFrames, fit
from stylekit.machine import devices
from stylekit.machine.interrupts import relayed
from stylekit.methods.base import Job, Region
from stylekit.records.record import convolutions
from stylekit.runs.executor import Event, RunRequest, Task
from stylekit_plugins.execution.clip_formats import check_clip
from stylekit_plugins.execution.estimates.estimate import Estimate
from stylekit_plugins.execution.estimates.forecast import Forecast
from stylekit_plugins.execution.memory import check_memory, with_advice
from stylekit_plugins.execution.outputs import plan_targets
from stylekit_plugins.execution.provenance import provenance_of
from stylekit_plugins.execution.render import Render
from stylekit_plugins.execution.render_task import RenderContext, RenderTask
from stylekit_plugins.execution.session import Session
from stylekit_plugins.execution.style_cache import Group, Styles

_log = logging.getLogger(f"stylekit.{__name__}")

Work = Sequence[tuple[Task, Path | None]]


class Batch:
    """The results of one request.

    Args:
        session: matches the request.
    """

    def __init__(self, request: RunRequest, session: Session) -> None:
        self.plan = request.plan
        self._request = request
        self._session = session
        self._inputs = session.inputs
        self._logged_notes: set[str] = set()
        self._bad_contents: set[str] = set()
        self._bad_styles: set[Group] = set()

    def tasks(self) -> Work:
        """Return the results to make, and the file of each; see `Executor.tasks`."""
        if self._request.tasks is not None:
            return self._request.tasks
        tasks = self._inputs.tasks()
        for note in dict.fromkeys(self._inputs.notes):
            _log.warning(note)
        if not self._request.write:
            return [(task, None) for task in tasks]
        targets = plan_targets(self.plan, tasks, self._session.sources, self._inputs.is_video)
        return list(zip(tasks, targets, strict=True))

    def run(self) -> Iterator[Event]:
        """Make all results; see `Executor.execute`."""
        work = self.tasks()
        # A single result is locked before anything is read or loaded for it.
        with self._locked(work[0][1] if len(work) == 1 else None):
            self._check_early(work)
            device = devices.choose(self.plan.config.device)
            context = RenderContext(
                plan=self.plan,
                sources=self._session.sources,
                weights=self._session.weights,
                load_seconds=self._load(device),
                total=len(work),
                blend=None if self.plan.blend is None else self.plan.blend.make(),
            )
            yield RunStarted(str(device), len(work))
            forecast = Forecast(self.plan, self._session, device, self._result_size)
            forecast.log([task for task, _ in work], context.load_seconds)
            try:
                yield from self._make_all(work, context, device, forecast)
            except BaseException as error:
                advised = with_advice(error, self.plan)
                raise advised from (advised.__cause__ or None)

    def estimate(self) -> tuple[Work, Estimate]:
        """Return the results that `run` would make, and what they take; make none.

        Raises:
            StylekitError: `run` would refuse the same, but for weights that are not here.
        """
        work = self.tasks()
        self._check_early(work)
        device = devices.choose(self.plan.config.device)
        forecast = Forecast(self.plan, self._session, device, self._result_size)
        estimate = forecast.of([task for task, _ in work])
        first = max(estimate.sizes, key=lambda size: size.width * size.height)
        if estimate.memory_mb is not None:
            self._checked_memory(first.width, first.height, device)
        return work, estimate

    def _check_early(self, work: Work) -> None:
        """Report a bad input of all results before weights are fetched or loaded.

        Raises:
            StylekitError: the only result, or none of them, can be made.
        """
        task, target = work[0]
        if len(work) == 1:
            content = self._inputs.content(task.content)
            styles = self._session.styles.of(task.styles)
            self._inputs.schedule(content, styles)
            first = 0 if content.is_video else None
            self._inputs.regions.check(content.image, styles, first)
            self._check_target(content, target)
        elif len({each.styles for each, _ in work}) == 1:
            self._session.styles.of(task.styles)

    def _load(self, device: torch.device) -> float:
        """Load the networks; return the seconds that it took."""
        try:
            return self._session.load(device)
        except Exception as error:
            # A decoder may take a lack of memory for a damaged file.
            advised = with_advice(error, self.plan)
            raise advised from advised.__cause__

    def _make_all(
        self, work: Work, context: RenderContext, device: torch.device, forecast: Forecast
    ) -> Iterator[Event]:
        """Make one result after the other, without those whose inputs are bad."""
        several_styles = len({task.styles for task, _ in work}) > 1
        for number, (task, target) in enumerate(work):
            if task.styles in self._bad_styles or task.content in self._bad_contents:
                continue
            name = task.name if several_styles else task.content
            try:
                inputs = self._read(task)
                if isinstance(inputs, Skipped):
                    yield inputs
                    continue
                render = self._prepare(number, task, target, inputs, context, device)
                with self._locked(target if len(work) > 1 else None):
                    interrupted = yield from relayed(render.run())
                forecast.learn(render.speed)
            except Exception as error:
                advised = with_advice(error, self.plan)
                is_expected = isinstance(advised, InputError | MemoryLimitError)
                if not is_expected or len(work) == 1:
                    raise advised from advised.__cause__
                assert isinstance(advised, StylekitError)
                if not several_styles:
                    self._bad_contents.add(task.content)
                yield Skipped(name, advised.message)
                continue
            if interrupted:
                return

    def _read(self, task: Task) -> tuple[Clip, Styles] | Skipped:
        """Read the inputs of a result; a bad one is not read again for other results."""
        try:
            styles = self._session.styles.of(task.styles)
        except (InputError, MemoryLimitError) as error:
            self._bad_styles.add(task.styles)
            return Skipped(task.styles[0].source, error.message)
        try:
            return self._inputs.content(task.content), styles
        except (InputError, MemoryLimitError) as error:
            self._bad_contents.add(task.content)
            return Skipped(task.content, error.message)

    def _prepare(
        self,
        number: int,
        task: Task,
        target: Path | None,
        inputs: tuple[Clip, Styles],
        context: RenderContext,
        device: torch.device,
    ) -> Render:
        """Return the render of a result from inputs that were read.

        Raises:
            InputError: the target cannot hold the result, or a region is bad.
            MemoryLimitError: the result is too large.
        """
        content, styles = inputs
        for note in (*content.notes, *self._check_target(content, target)):
            _log.warning(note)
        job = self._make_job(content, styles, device)
        by_frames = content.is_video and not self.plan.method.spec.clips
        return Render(
            context,
            RenderTask(
                number=number,
                task=task,
                target=target,
                method=self._session.by_frames if by_frames else self._session.method,
                job=job,
                provenance=provenance_of(
                    self.plan,
                    task,
                    self._session.sources,
                    self._inputs.regions,
                    self._read_images(task, content, job),
                    self._session.selected_weights(),
                    self._session.weights.styles,
                    device,
                ),
            ),
        )

    def _read_images(self, task: Task, content: Clip, job: Job) -> dict[str, Frame]:
        """Return the images of a result by their sources, and those of a Python caller."""
        sources = [style.source for style in task.styles]
        frames = [style.frame for style in job.styles]
        read = {task.content: content.image, **dict(zip(sources, frames, strict=True))}
        return read | {name: self._inputs.image(name) for name in self._request.in_memory}

    def _make_job(self, content: Clip, styles: Styles, device: torch.device) -> Job:
        """Return the job of a result.

        Raises:
            InputError: a region is bad.
            MemoryLimitError: the result is too large.
        """
        config, session = self.plan.config, self._session
        width, height = self._result_size(content)
        memory = self._checked_memory(width, height, device)
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
            if note not in self._logged_notes:
                self._logged_notes.add(note)
                _log.warning(note)
        return Job(
            content=replace(content, frames=frames),
            styles=styles,
            components=session.components,
            specs=self.plan.specs,
            device=device,
            seed=config.seed,
            memory=memory,
            read_image=self._inputs.image,
            weights=session.load_weights,
            regions=first,
            methods=session.other_methods,
            style_weights_at=None if schedule is None else schedule.weights_at,
            regions_at=regions_at,
        )

    def _checked_memory(self, width: int, height: int, device: torch.device) -> int:
        """Return the bytes that a result of this size may use.

        Raises:
            MemoryLimitError: it needs more.
        """
        session, config = self._session, self.plan.config
        memory = devices.free_memory(device)
        if config.memory_mb is not None:
            memory = min(memory, config.memory_mb * devices.MIB)
            devices.give_back_freed_memory()
        methods = (session.method, *session.other_methods.values())
        check_memory(
            lambda size: max(
                *(each.bytes_needed(session.components, *size) for each in methods), 0.0
            ),
            width,
            height,
            memory,
            convolutions(self.plan.slots.values(), device.type) == "winograd",
        )
        return memory

    def _check_target(self, content: Clip, target: Path | None) -> list[str]:
        """Refuse a file that cannot hold the result; return what the file will lack."""
        if target is None or not content.is_video:
            return []
        width, height = self._result_size(content)
        # Memory for larger frames is checked later.
        if width < content.image.width:
            content = replace(content, frames=_resized(content.frames, width, height))
        missing = check_clip(content, target, self.plan.catalogue, self.plan.config.tables)
        return [f"{target.name}: {' '.join(missing)}"] if missing else []

    def _result_size(self, content: Clip) -> tuple[int, int]:
        """Return (width, height); even for a resized video, as most players need."""
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

    def _locked(self, target: Path | None) -> contextlib.AbstractContextManager[None]:
        """Keep other runs away from a file, its state and its frames."""
        return contextlib.nullcontext() if target is None else lock_file(target)


def _resized(frames: Sequence[Frame], width: int, height: int) -> Sequence[Frame]:
    """Return frames of another size, each resized when it is used."""
    return MappedFrames(len(frames), lambda index: frames[index].resized(width, height))
