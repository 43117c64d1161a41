"""What a working process does: make a picture, or show a source."""

from __future__ import annotations

import logging
import signal
import sys
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection

import torch

from stylekit.cli.main import make_host
from stylekit.errors import Interrupted, StylekitError, one_line
from stylekit.host import Host
from stylekit.inputs.sources import Sources
from stylekit.machine.interrupts import as_keyboard_interrupts
from stylekit.result import Result
from stylekit.runs.plan import Plan
from stylekit_ui.channel import Line
from stylekit_ui.messages import Failed, Made, Make, Report, Show, Shown, Task, Told
from stylekit_ui.previews import as_jpeg, smaller
from stylekit_ui.reporter import Reporter

SHOWN = 1024
"""Long side of the pictures that the page shows of sources."""


def work(connection: Connection, task: Task) -> None:
    """Do a task; what comes of it is told through the connection."""
    # A shell ignores Ctrl-C for what is in the background, and with it the page's wish to stop.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with as_keyboard_interrupts():
        line = Line(connection)
        _log_to(line)
        line.end(_outcome(line, task))


class _PageHandler(logging.Handler):
    """Sends what is logged to the page."""

    def __init__(self, line: Line) -> None:
        super().__init__(logging.INFO)
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record."""
        self._line.tell(Told(record.getMessage(), record.levelno))


def _log_to(line: Line) -> None:
    """Send what is logged under `stylekit` to the page, and nowhere else."""
    logger = logging.getLogger("stylekit")
    logger.handlers[:] = [_PageHandler(line)]
    logger.setLevel(logging.INFO)
    logger.propagate = False


def _outcome(line: Line, task: Task) -> Report:
    try:
        host = make_host(task.words)
        return _show(host, task) if isinstance(task, Show) else _make(host, task, line)
    except KeyboardInterrupt:
        return Failed("Stopped before there was a picture; nothing was written.")
    except StylekitError as error:
        _trace(task.words)
        return Failed(error.message, error.hint)
    except Exception as error:
        _trace(task.words)
        return Failed(
            f"This is a bug in stylekit or a plugin: {one_line(error)}",
            "`stylekit ui --debug` prints where.",
        )


def _trace(words: Sequence[str]) -> None:
    if "--debug" in words:
        traceback.print_exc(file=sys.stderr)


def _make(host: Host, task: Make, line: Line) -> Report:
    # Two runs with all threads each would be slower than one after the other.
    torch.set_num_threads(max(1, torch.get_num_threads() // task.sharing))
    host.register(Reporter(line.tell), "ui-reporter")
    plan = host.plan(task.config)
    run = host.start(plan, quiet=True)
    try:
        run.to_end()
    except Interrupted:
        if not run.result.artifacts:
            raise
    return _made(plan, run.result)


def _made(plan: Plan, result: Result) -> Made:
    artifact = result.artifacts[-1]
    clip = result.clips[-1]
    before = None
    if not clip.is_video:
        content = Sources(plan.catalogue, plan.config.tables).read_image(plan.config.content[0])
        before = as_jpeg(content.resized(clip.image.width, clip.image.height), quality=92)
    return Made(
        artifact.path, artifact.record, before, result.seconds, result.steps, result.interrupted
    )


def _show(host: Host, task: Show) -> Shown:
    clip = Sources(host.catalogue, {}).read(task.source)
    image = clip.image
    # Fast rather than small: it goes no farther than the browser beside it.
    smaller(image, SHOWN).to_pil().save(task.target, compress_level=1)
    return Shown(image.width, image.height, clip.is_video)
