"""A worker process, which makes results about a second at a time."""

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
from stylekit_ray.messages import (
    Assignment,
    LogLine,
    Ready,
    Rejected,
    Report,
    WorkerEvent,
    WorkerSetup,
)
from stylekit_ray.worker_task import WorkerContext, WorkerTask, sendable

_log = logging.getLogger(f"stylekit.{__name__}")

PERIOD = 1.0
"""Seconds that a worker works between two reports, unless a step takes longer."""


class Worker:
    """Makes one result after the other, as a Ray actor.

    Each call works for a while and returns a report, so that between two steps the worker can be
    stopped. Errors are in the report, too.
    """

    _context: WorkerContext

    def __init__(self, setup: WorkerSetup) -> None:
        self._setup = setup
        self._report: list[WorkerEvent] = []
        self._waiting: deque[Assignment] = deque()
        self._task: WorkerTask | None = None
        logger = logging.getLogger("stylekit")
        logger.setLevel(setup.log_level)
        # A library that configures the root logger would print every line here, too.
        logger.propagate = False
        logger.addHandler(_ReportHandler(self._report))

    def prepare(self, in_memory: Mapping[str, Frame | Clip]) -> Report:
        """Load the plugins, and check that this machine has what the run needs.

        Args:
            in_memory: images of a Python caller, by source.
        """
        setup = self._setup
        try:
            _enter(setup)
            torch.set_num_threads(setup.threads)
            devices.give_back_freed_memory(above=12)
            host = Host(blocked=setup.blocked, allowed=setup.allowed)
            # Observers are on the user's machine.
            plan = replace(host.plan(setup.settings), observers=())
            _check_versions(setup, plan)
            executor = plan.executor.make()
            self._context = WorkerContext(
                plan, executor, in_memory, self._report.append, setup.snapshots
            )
            device = devices.choose(plan.config.device)
        except Exception as error:
            _log.debug(traceback.format_exc())
            return [*self._reported(), Rejected(sendable(error))]
        return [*self._reported(), Ready(str(device))]

    def advance(self, assignments: Sequence[Assignment]) -> Report:
        """Accept further results; work for a period, or until all are made."""
        self._waiting.extend(assignments)
        until = time.monotonic() + PERIOD
        while (self._task or self._waiting) and time.monotonic() < until:
            if self._task is None:
                self._task = WorkerTask(self._context, self._waiting.popleft())
            if not self._task.advance():
                self._task = None
        return self._reported()

    def stop(self) -> Report:
        """Begin nothing further; write the best image so far of the current result."""
        self._waiting.clear()
        if self._task is not None:
            self._task.stop()
            self._task = None
        return self._reported()

    def _reported(self) -> Report:
        if self._task is not None:
            self._task.report_latest()
        report = list(self._report)
        self._report.clear()
        return report


class _ReportHandler(logging.Handler):
    """Sends what is logged to the user's machine, with the next report."""

    def __init__(self, report: list[WorkerEvent]) -> None:
        super().__init__()
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        """Append a record to the report."""
        self._report.append(LogLine(record.levelno, record.getMessage()))


def _enter(setup: WorkerSetup) -> None:
    """Change to the user's folder.

    Raises:
        InputError: it is not there, or one of the user's files is not.
    """
    hint = "A cluster's workers need the same files under the same paths: share the file system."
    try:
        os.chdir(setup.folder)
    except OSError:
        raise InputError(f"{socket.gethostname()} does not see {setup.folder}.", hint) from None
    for path in setup.needed:
        if not exists(path):
            raise InputError(f"{socket.gethostname()} does not see {path}.", hint)


def _check_versions(setup: WorkerSetup, plan: Plan) -> None:
    """Check that this machine has the component versions of the user's machine.

    Raises:
        UsageError: a version differs.
    """
    for here, expected in zip(
        [part.component.describe_version() for part in plan.components],
        setup.components,
        strict=True,
    ):
        if here != expected:
            raise UsageError(
                f"{socket.gethostname()} has another {expected['kind']} '{expected['id']}': "
                f"version {here['version']} of {here['distribution']} "
                f"{here['distribution_version']}.",
                f"Install {expected['distribution']} {expected['distribution_version']} there.",
            )
