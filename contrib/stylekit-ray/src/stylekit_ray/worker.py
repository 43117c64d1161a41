"""A worker: makes results in a process of its own, about a second at a time."""

from __future__ import annotations

import logging
import os
import socket
import time
import traceback
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from stylekit.errors import InputError, UsageError
from stylekit.files.paths import exists
from stylekit.host import Host
from stylekit.images.frames import Clip, Frame
from stylekit.machine import devices
from stylekit.runs.plan import Plan
from stylekit_ray.messages import Assignment, Event, Job, LogLine, Ready, Report, Unfit
from stylekit_ray.worker_task import Bench, Making, sendable

_log = logging.getLogger(f"stylekit.{__name__}")

PERIOD = 1.0
"""Seconds that a worker works before it reports, unless a step takes longer."""


class Worker:
    """Makes one result after the other; Ray makes an actor of it.

    It is asked to go on for a while and reports what happened, so that between two steps it can be
    told to stop. What goes wrong is in the report, too.
    """

    _bench: Bench

    def __init__(self, job: Job) -> None:
        self._job = job
        self._report: list[Event] = []
        self._waiting: deque[Assignment] = deque()
        self._making: Making | None = None
        logger = logging.getLogger("stylekit")
        logger.setLevel(job.log_level)
        # A library that configures the root logger would print every line here, too.
        logger.propagate = False
        logger.addHandler(_ReportHandler(self._report))

    def prepare(self, given: Mapping[str, Frame | Clip]) -> Report:
        """Find the plugins, and see whether this is a place to work at.

        Args:
            given: pictures that a Python caller handed over.
        """
        job = self._job
        try:
            _enter(job)
            torch.set_num_threads(job.threads)
            devices.give_back_freed_memory(above=12)
            host = Host(blocked=job.blocked, allowed=job.allowed)
            # Observers are on the user's machine.
            plan = replace(host.plan(job.settings), observers=())
            _refuse_others(job, plan)
            executor = plan.executor.make()
            self._bench = Bench(plan, executor, given, self._report.append, job.snapshots)
            device = devices.choose(plan.config.device)
        except Exception as error:
            _log.debug(traceback.format_exc())
            return [*self._reported(), Unfit(sendable(error))]
        return [*self._reported(), Ready(str(device))]

    def advance(self, assignments: Sequence[Assignment]) -> Report:
        """Take on further results; work for a period, or until all are made."""
        self._waiting.extend(assignments)
        until = time.monotonic() + PERIOD
        while (self._making or self._waiting) and time.monotonic() < until:
            if self._making is None:
                self._making = Making(self._bench, self._waiting.popleft())
            if not self._making.advance():
                self._making = None
        return self._reported()

    def stop(self) -> Report:
        """Begin nothing further; of what is being made, write the best so far."""
        self._waiting.clear()
        if self._making is not None:
            self._making.stop()
            self._making = None
        return self._reported()

    def _reported(self) -> Report:
        if self._making is not None:
            self._making.tell_latest()
        report = list(self._report)
        self._report.clear()
        return report


class _ReportHandler(logging.Handler):
    """Sends what is logged to the user's machine, with the next report."""

    def __init__(self, report: list[Event]) -> None:
        super().__init__()
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        """Append a record to the report."""
        self._report.append(LogLine(record.levelno, record.getMessage()))


def _enter(job: Job) -> None:
    """Go to the user's folder.

    Raises:
        InputError: it is not there, or one of the user's files is not.
    """
    hint = "A cluster's workers need the same files under the same paths: share the file system."
    try:
        os.chdir(job.folder)
    except OSError:
        raise InputError(f"{socket.gethostname()} does not see {job.folder}.", hint) from None
    for path in job.needed:
        if not exists(path):
            raise InputError(f"{socket.gethostname()} does not see {path}.", hint)


def _refuse_others(job: Job, plan: Plan) -> None:
    """Refuse to make results of other components than the user's machine would.

    Raises:
        UsageError: a version differs.
    """
    for mine, yours in zip(
        [part.component.describe_version() for part in plan.components], job.components, strict=True
    ):
        if mine != yours:
            raise UsageError(
                f"{socket.gethostname()} has another {yours['kind']} '{yours['id']}': version "
                f"{mine['version']} of {mine['distribution']} {mine['distribution_version']}.",
                f"Install {yours['distribution']} {yours['distribution_version']} there.",
            )
