"""One run: read, stylise step by step, write each artifact with its record."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from stylekit import devices
from stylekit.errors import (
    InputError,
    Interrupted,
    MemoryLimitError,
    StylekitError,
    UsageError,
    one_line,
)
from stylekit.events import RunInfo, Step
from stylekit.frames import Clip, Frame, fit
from stylekit.lifecycle import Lifecycle
from stylekit.memory import as_people_see_it, check_memory
from stylekit.outputs import plan_targets
from stylekit.picture import Context, Picture
from stylekit.plan import Plan
from stylekit.protocols import Job, Style
from stylekit.results import Result
from stylekit.source_names import parse_style
from stylekit.sources import Sources
from stylekit.weights import WeightsManager

if TYPE_CHECKING:
    import pluggy


class Run:
    """The execution of one plan. Iterate over it for its steps; `result` grows meanwhile.

    Args:
        plan: what to do.
        manager: the host's plugins, whose lifecycle hooks are called.
        given: pictures that a Python caller handed over, by the source string they stand for.
        write: write artifacts; without it, results are only returned.
        quiet: observers should show nothing.
        tell: called with lines for people; warnings among them.
        debug: called with tracebacks.
    """

    def __init__(
        self,
        plan: Plan,
        manager: pluggy.PluginManager,
        given: Mapping[str, Frame] | None = None,
        write: bool = True,
        quiet: bool = False,
        tell: Callable[[str], None] = lambda line: None,
        debug: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.plan = plan
        self.result = Result()
        self._manager = manager
        self._given = dict(given or {})
        self._write = write
        self._quiet = quiet
        self._tell = tell
        self._debug = debug
        self._sources = Sources(plan.catalogue, plan.config.tables)
        self._weights = WeightsManager(
            plan.catalogue, plan.config.tables, plan.config.offline, tell
        )
        self._timings: dict[str, float] = {}
        self._started = 0.0

    def __iter__(self) -> Iterator[Step]:
        """Do the run, yielding each step after it is done.

        A content picture that cannot be used stops nothing if there are others: it is reported at
        the end.

        Raises:
            StylekitError: see its subclasses.
            Interrupted: Ctrl-C; the best picture so far is in `result` and saved.
        """
        try:
            yield from self._execute()
        except KeyboardInterrupt:
            self.result.interrupted = True
            raise self._interruption() from None

    def _execute(self) -> Iterator[Step]:
        self._started = time.perf_counter()
        config = self.plan.config
        device = devices.choose(config.device)
        contents = self._expand_contents()
        targets: Sequence[Path | None] = [None] * len(contents)
        if self._write:
            targets = plan_targets(config, contents, self._sources)
        styles = self._read_styles()
        # A lone picture is read before weights are fetched or loaded: if it is bad, say so at once.
        first = self._read_content(contents[0]) if len(contents) == 1 else None
        components = self._make_components(device)
        info = RunInfo(
            method=self.plan.method.component.id,
            device=str(device),
            config=self.plan.resolved(),
            total=len(contents),
            quiet=self._quiet,
        )
        lifecycle = Lifecycle(self._manager, self._make_observers(), self._warn)
        context = Context(
            self.plan,
            self._sources,
            self._weights,
            lifecycle,
            info,
            self.result,
            self._timings,
            self._tell,
        )
        lifecycle.emit("run_started", run=info)
        try:
            for source, target in zip(contents, targets, strict=True):
                try:
                    content = first or self._read_content(source)
                    job = self._make_job(content, styles, components, device)
                    yield from Picture(context, job, target).make()
                except (InputError, MemoryLimitError) as error:
                    if len(contents) == 1:
                        raise
                    self._skip(source, error)
                self.result.seconds = time.perf_counter() - self._started
                if self.result.interrupted:
                    break
        except BaseException as error:
            error = as_people_see_it(error, self.plan)
            lifecycle.emit("run_failed", run=info, error=error)
            raise error from (error.__cause__ or None)
        self.result.seconds = time.perf_counter() - self._started
        lifecycle.emit("run_finished", run=info, result=self.result)
        if self.result.interrupted:
            raise self._interruption()
        if self.result.failures:
            names = ", ".join(self.result.failures)
            raise InputError(
                f"{len(self.result.failures)} of {len(contents)} pictures could not be done: "
                f"{names}.",
                "The others are done.",
            )

    # -- inputs ---------------------------------------------------------------------------------

    def _expand_contents(self) -> list[str]:
        contents: list[str] = []
        for source in self.plan.config.content:
            contents += [source] if source in self._given else self._sources.expand(source)
        if not contents:
            raise UsageError("There is no content picture.", "Name one with --content.")
        return contents

    def _read_content(self, source: str) -> Clip:
        given = self._given.get(source)
        return self._sources.read(source) if given is None else Clip((given,), source)

    def _read_styles(self) -> tuple[Style, ...]:
        parsed = [parse_style(source) for source in self.plan.config.style]
        least, most = self.plan.method.spec.styles
        if len(parsed) < least or (most is not None and len(parsed) > most):
            bound = f"at least {least}" if len(parsed) < least else f"at most {most}"
            raise UsageError(
                f"Method '{self.plan.method.spec.name}' needs {bound} style pictures, "
                f"and {len(parsed)} are given.",
                "Name them with --style.",
            )
        total = sum(style.weight for style in parsed)
        return tuple(
            Style(self._read_picture(style.source), style.weight / total, style.when)
            for style in parsed
        )

    def _read_picture(self, source: str) -> Frame:
        given = self._given.get(source)
        return given if given is not None else self._sources.read_picture(source)

    def _skip(self, source: str, error: StylekitError) -> None:
        self.result.failures[source] = error.message
        self._tell(f"Warning: {error.message} It is left out.")

    def _result_size(self, picture: Frame) -> tuple[int, int]:
        long_side = self.plan.config.size
        if long_side is None:
            long_side = max(picture.width, picture.height)
            if self.plan.method.spec.default_size:
                long_side = min(long_side, self.plan.method.spec.default_size)
        return fit(picture.width, picture.height, long_side)

    # -- components -----------------------------------------------------------------------------

    def _make_components(self, device: torch.device) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        for slot, part in self.plan.slots.items():
            if slot == "backbone":
                begun = time.perf_counter()
                network = part.spec.network
                parameters = (
                    self._weights.load(network, self.plan.config.weights) if network else None
                )
                made[slot] = part.make(parameters)
                made[slot].to(device)
                self._timings["weights"] = time.perf_counter() - begun
            else:
                made[slot] = part.make()
        return made

    def _make_observers(self) -> list[tuple[str, object]]:
        made: list[tuple[str, object]] = []
        for part in self.plan.observers:
            try:
                made.append((part.component.id, part.make()))
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                self._warn(
                    f"Observer '{part.component.id}' cannot start ({one_line(error)}).",
                    traceback.format_exc(),
                )
        return made

    def _make_job(
        self,
        content: Clip,
        styles: tuple[Style, ...],
        components: dict[Any, Any],
        device: torch.device,
    ) -> Job:
        config = self.plan.config
        memory = devices.free_memory(device)
        if config.memory_mb is not None:
            memory = min(memory, config.memory_mb * devices.MIB)
        width, height = self._result_size(content.picture)
        method = self.plan.method.make()
        # Before anything of that size is made.
        check_memory(lambda size: method.bytes_needed(components, *size), width, height, memory)
        sized = tuple(frame.resized(width, height) for frame in content)
        return Job(
            content=replace(content, frames=sized),
            styles=styles,
            components=components,
            device=device,
            seed=config.seed,
            memory=memory,
            read_picture=self._read_picture,
            weights=lambda network: self._weights.load_one_of_several(network, config.weights),
            warn=lambda line: self._tell(f"Warning: {line}"),
        )

    def _interruption(self) -> Interrupted:
        if not self.result.artifacts:
            return Interrupted(
                "Interrupted before the first step; nothing was written."
                if not self.result.clips
                else f"Interrupted after {self.result.steps} steps."
            )
        return Interrupted(
            f"Interrupted after {self.result.steps} steps; the best picture so far is "
            f"{self.result.artifacts[-1].path}."
        )

    def _warn(self, line: str, details: str) -> None:
        self._tell(f"Warning: {line}")
        self._debug(details)


def iterate_to_end(run: Run) -> Result:
    """Do a whole run."""
    for _ in run:
        pass
    return run.result
