"""Frames of a clip that are painted side by side, each by some of torch's threads.

The threads of one frame wait for each other at the end of each of hundreds of short operations, and
while frames are read and written (benchmarks/notes/fast.md).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from dataclasses import replace
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import TypeGuard

import torch

from stylekit.events import Stage, Step
from stylekit.images.frames import Clip
from stylekit.machine.threads import start_threads
from stylekit.methods.base import Job, Method
from stylekit.methods.feed_forward import FeedForward

COUNT = 2
"""Frames at once. As many of a clip stay loaded (`stylekit.images.frames.LazyFrames`)."""

Painted = tuple[list[Stage | Step], Clip]
"""The events of a frame, and its result."""


def can_paint_side_by_side(method: Method, job: Job) -> TypeGuard[FeedForward]:
    """Return whether it is possible and useful, and there is the memory for it."""
    if not isinstance(method, FeedForward) or not method.side_by_side:
        return False
    if job.device.type != "cpu" or torch.get_num_threads() < COUNT or not job.content.is_video:
        return False
    width, height = job.content.image.width, job.content.image.height
    return COUNT * method.bytes_needed(job.components, width, height) <= job.memory


class SideBySide:
    """Paints a frame and the one after it at the same time; a context that ends its threads.

    The same number of threads always gives the same bytes, also after a resume.

    Args:
        method: see `can_paint_side_by_side`.
        job: of the whole clip.
    """

    def __init__(self, method: FeedForward, job: Job) -> None:
        self._method = method
        self._job = job
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._begun: dict[int, SimpleQueue[Painted | BaseException]] = {}

    def __enter__(self) -> SideBySide:
        share = torch.get_num_threads() // COUNT
        self._threads = start_threads([self._work] * COUNT, "stylekit-frame", share)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for _ in self._threads:
            self._tasks.put(None)
        # A thread that still computes at the exit of Python could end it with an error.
        for thread in self._threads:
            thread.join()

    def stylize(self, part: Job, index: int) -> Generator[Stage | Step, None, Clip]:
        """Yield the events of a frame, and begin with the next one.

        Args:
            part: the job of the frame (`Job.for_frame`).
        """
        if index not in self._begun:
            self._begin(part, index)
        following = index + 1
        if following < len(self._job.content.frames):
            # Where it cannot be read, its own turn reports that, and this frame is not lost.
            with contextlib.suppress(Exception):
                self._begin(self._job.for_frame(following), following)
        painted = self._begun.pop(index).get()
        if isinstance(painted, BaseException):
            raise painted
        events, result = painted
        yield from events
        return result

    def _begin(self, part: Job, index: int) -> None:
        done: SimpleQueue[Painted | BaseException] = SimpleQueue()
        share = replace(part, memory=part.memory // COUNT)

        def paint() -> None:
            try:
                done.put(_run(self._method.stylize(share)))
            except BaseException as error:
                # Whatever it is, the frame's turn raises it.
                done.put(error)

        self._begun[index] = done
        self._tasks.put(paint)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()


def _run(events: Generator[Stage | Step, None, Clip]) -> Painted:
    seen: list[Stage | Step] = []
    while True:
        try:
            seen.append(next(events))
        except StopIteration as stop:
            return seen, stop.value
