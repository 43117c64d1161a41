"""Checks what a method yields and returns, so that an error names the plugin at fault."""

from __future__ import annotations

import contextlib
import math
import sys
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import torch
from torch import Tensor

from stylekit.errors import PluginError, StylekitError, mark_as_of_plugin
from stylekit.events import FrameDone, Stage, Step
from stylekit.images.frames import Clip, Frame
from stylekit.methods.base import Job, Method

Event = Stage | Step | FrameDone

_PLAIN = (int, float, str, bool, type(None), Tensor, torch.dtype, torch.device, torch.Size)
"""Types that a checkpoint can be read back with, beside lists, tuples and dicts of them."""

_LIBRARIES = {"torch", "numpy", "PIL", "stylekit"} | sys.stdlib_module_names


class _Sizes:
    """The shape that each result of a job must have; the first frame of a video is read once."""

    def __init__(self, job: Job) -> None:
        self.is_video = job.content.is_video
        self._content = job.content

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width."""
        return (3, self._content.image.height, self._content.image.width)


class CheckedMethod:
    """A method whose events and results are checked.

    Args:
        name: of the method and its plugin, for messages.
    """

    def __init__(self, method: Method, name: str) -> None:
        self.unchecked = method
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(self.unchecked, name)

    @property  # type: ignore[misc]
    def __class__(self) -> type[Method]:  # type: ignore[override]
        """The class of the method, so that `isinstance` sees what the method is."""
        return type(self.unchecked)

    def assess(self, job: Job, result: Clip) -> dict[str, float]:
        """Return the losses of a result; see `Method.assess`."""
        with self._blamed():
            return self.unchecked.assess(job, result)

    def stylize(self, job: Job) -> Generator[Event, None, Clip | None]:
        """Yield the events of the method; see `Method.stylize`.

        Raises:
            PluginError: an event or the result is not what it must be.
        """
        with self._blamed():
            events = self.unchecked.stylize(job)
            if not isinstance(events, Generator):
                raise self._error("`stylize` is not a generator: it has no `yield`")
            sizes = _Sizes(job)
            stage: Stage | None = None
            step: Step | None = None
            advance: Callable[[], Any] = partial(next, events)
            while True:
                try:
                    event = advance()
                except StopIteration as stop:
                    if step is not None and not math.isfinite(float(step.losses["total"])):
                        problem = (
                            f"the total loss of its last step is {float(step.losses['total'])}"
                        )
                        raise self._error(problem) from None
                    return self._result(sizes, stop.value)
                if isinstance(event, Stage):
                    stage = event
                elif isinstance(event, Step):
                    step = event = self._step(event, stage)
                elif isinstance(event, FrameDone):
                    self._frame(event.frame, sizes)
                else:
                    raise self._error(
                        f"it yielded a {type(event).__name__}; yield Stage, Step or FrameDone"
                    )
                advance = partial(next, events)
                try:
                    yield event
                except GeneratorExit:
                    events.close()
                    raise
                except BaseException as error:
                    # Ctrl-C is raised in the method, where it stands.
                    advance = partial(events.throw, error)

    def _step(self, step: Step, stage: Stage | None) -> Step:
        if stage is None:
            raise self._error("it yielded a Step before its first Stage")
        if not isinstance(step.losses, Mapping) or "total" not in step.losses:
            raise self._error("the losses of a Step have no 'total'")
        state = step.state
        return step if state is None else replace(step, state=lambda: self._state(state))

    def _state(self, state: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        values = state()
        for path, value in _unreadable(values, "state"):
            raise self._error(
                f"{path} is a {type(value).__name__}, which cannot be read back from a checkpoint",
                "A state has tensors, numbers, texts, and lists, tuples and dicts of them.",
            )
        return values

    def _result(self, sizes: _Sizes, clip: Clip | None) -> Clip | None:
        if sizes.is_video:
            return clip
        if not isinstance(clip, Clip):
            raise self._error(
                f"`stylize` returned {'None' if clip is None else f'a {type(clip).__name__}'}",
                "Return a clip of one frame: Clip((job.content.image.with_pixels(pixels),)).",
            )
        self._frame(clip.image, sizes)
        return clip

    def _frame(self, frame: Frame, sizes: _Sizes) -> None:
        if not isinstance(frame, Frame) or not isinstance(frame.pixels, Tensor):
            raise self._error(f"a result is a {type(frame).__name__} instead of a Frame")
        shape = tuple(frame.pixels.shape)
        if shape != sizes.shape:
            raise self._error(f"a result has the shape {shape} instead of {sizes.shape}")
        if not frame.pixels.is_floating_point() or not bool(frame.pixels.isfinite().all()):
            raise self._error("a result has pixels that are not finite numbers in [0, 1]")

    def _error(self, problem: str, hint: str | None = None) -> PluginError:
        return PluginError(
            f"{self._name} is broken: {problem}.",
            hint or "`stylekit.testing.MethodSuite` checks a method; PLUGINS.md says how.",
        )

    @contextlib.contextmanager
    def _blamed(self) -> Iterator[None]:
        """Mark an error that the method raises by accident with the plugin's name."""
        try:
            yield
        except StylekitError:
            raise
        except Exception as error:
            mark_as_of_plugin(error, f"{self._name}{_place(error)}")
            raise


def _unreadable(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield each part of a state that cannot be read back, and where it is."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _unreadable(inner, f"{path}[{key!r}]")
    elif isinstance(value, list | tuple | set):
        for index, inner in enumerate(value):
            yield from _unreadable(inner, f"{path}[{index}]")
    elif not isinstance(value, _PLAIN):
        yield path, value


def _place(error: BaseException) -> str:
    """Return the innermost line of a plugin that an error passed through."""
    frames = traceback.walk_tb(error.__traceback__)
    places = [(frame.f_globals.get("__name__", ""), line) for frame, line in frames]
    for module, line in reversed(places):
        if module.partition(".")[0] not in _LIBRARIES:
            return f", in {module}, line {line}"
    return ""
