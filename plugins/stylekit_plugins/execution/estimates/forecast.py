"""Estimates a run of this process before it begins, and learns from its results."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

import psutil
import torch

from stylekit.errors import InputError, MemoryLimitError, WeightsError
from stylekit.images.frames import Clip
from stylekit.machine import devices
from stylekit.runs.executor import Task
from stylekit.runs.plan import Plan
from stylekit_plugins.execution.estimates.calibration import calibrate
from stylekit_plugins.execution.estimates.estimate import Estimate, Size, estimate, work_of
from stylekit_plugins.execution.estimates.speeds import Speed, read_speeds, remember, speed_file
from stylekit_plugins.execution.session import Session

_log = logging.getLogger(f"stylekit.{__name__}")

_LONG = 45.0
"""Seconds from which a run says in advance how long it takes."""

_SHORT = 1e6
"""Pixels of all steps up to which no method takes long: 20 s at most on one slow core."""

_READ = 16
"""Contents that are read for their sizes; of more, the others are taken for alike."""


class Forecast:
    """The estimate of a run.

    Args:
        result_size: returns the width and the height of the result of a content.
    """

    def __init__(
        self,
        plan: Plan,
        session: Session,
        device: torch.device,
        result_size: Callable[[Clip], tuple[int, int]],
    ) -> None:
        self._plan = plan
        self._session = session
        self._device = device
        self._result_size = result_size
        self._file = speed_file(plan, device)

    def log(self, tasks: Sequence[Task], load_seconds: float) -> None:
        """Log how long the run will take, if that is about a minute or more.

        Args:
            load_seconds: what the networks took to load.
        """
        if not _log.isEnabledFor(logging.INFO):
            return
        try:
            sizes = self._sizes(tasks)
            speeds = read_speeds(self._file)
            if not speeds and not self._may_be_long(sizes):
                return
            expected = self._estimate(tasks, sizes, speeds, load_seconds)
        except Exception as error:
            # The run itself reports what is wrong with its inputs.
            _log.debug(f"No estimate: {error}")
            return
        if expected.seconds is not None and expected.seconds >= _LONG:
            _log.info(expected.summary)

    def of(self, tasks: Sequence[Task]) -> Estimate:
        """Return the estimate; the networks are loaded if their weights are on this machine."""
        load_seconds: float | None
        try:
            load_seconds = self._session.load(self._device)
        except WeightsError:
            load_seconds = None
        sizes = self._sizes(tasks)
        return self._estimate(tasks, sizes, read_speeds(self._file), load_seconds)

    def learn(self, speed: Speed | None) -> None:
        """Remember what a result took, for later estimates."""
        if speed is not None:
            remember(self._file, speed)

    def _estimate(
        self,
        tasks: Sequence[Task],
        sizes: Sequence[Size],
        speeds: Sequence[Speed],
        load_seconds: float | None,
    ) -> Estimate:
        expected = estimate(self._plan, self._session, self._device, sizes, speeds)
        if load_seconds is None:
            return expected
        if expected.seconds is None:
            content = self._session.inputs.content(tasks[0].content).image
            styles = self._session.styles.of(tasks[0].styles)
            measured = calibrate(
                *(self._plan, self._session, content, styles, self._device, load_seconds)
            )
            if measured is not None:
                expected = estimate(
                    *(self._plan, self._session, self._device, sizes, [measured]), is_rough=True
                )
        largest = max(sizes, key=lambda size: size.width * size.height)
        return replace(expected, memory_mb=self._memory_mb(largest))

    def _may_be_long(self, sizes: Sequence[Size]) -> bool:
        works = [work_of(self._plan, self._session, size, None) for size in sizes]
        return sum(work.pixels for work in works if work is not None) > _SHORT

    def _memory_mb(self, size: Size) -> float:
        """Return the peak memory of a result; on a CPU with that of the program itself."""
        session = self._session
        methods = (session.method, *session.other_methods.values())
        needed = max(
            each.bytes_needed(session.components, size.width, size.height) for each in methods
        )
        own = psutil.Process().memory_info().rss if self._device.type == "cpu" else 0
        return (needed + own) / devices.MIB

    def _sizes(self, tasks: Sequence[Task]) -> list[Size]:
        """Return the size of each result.

        Raises:
            InputError: no content can be read.
        """
        contents = list(dict.fromkeys(task.content for task in tasks))
        read: dict[str, Size] = {}
        error: Exception | None = None
        for content in contents[:: max(1, len(contents) // _READ)]:
            try:
                clip = self._session.inputs.content(content)
                read[content] = Size(*self._result_size(clip), len(clip.frames))
            except (InputError, MemoryLimitError) as bad:
                # A batch continues without it.
                error = bad
        if not read:
            assert error is not None
            raise error
        known = list(read.values())
        return [
            read.get(task.content, known[number % len(known)]) for number, task in enumerate(tasks)
        ]
