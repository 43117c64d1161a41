"""The worker process: make an image or video, train a network, paint live or preview a source."""

from __future__ import annotations

import logging
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

import torch

from stylekit.cli.main import make_host
from stylekit.errors import Interrupted, StylekitError, one_line
from stylekit.host import Host
from stylekit.inputs.sources import Sources
from stylekit.machine.interrupts import as_keyboard_interrupts
from stylekit.result import Result
from stylekit.runs.executor import RunRequest
from stylekit.runs.plan import Plan
from stylekit_ui.channel import Channel
from stylekit_ui.live import paint_live
from stylekit_ui.messages import (
    EstimateReady,
    EstimateRequest,
    Failure,
    LiveRequest,
    LogLine,
    PreviewReady,
    PreviewRequest,
    Request,
    RunFinished,
    StylizeRequest,
    TrainRequest,
    WorkerMessage,
)
from stylekit_ui.previews import as_jpeg, shrink_to
from stylekit_ui.reporter import ProgressObserver
from stylekit_ui.training import train


def run_worker(connection: Connection, request: Request) -> None:
    """Do the requested work and send its outcome through the connection."""
    # A shell ignores Ctrl-C for background jobs, and with it the page's stop request.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # An outdated estimate is stopped at any time: also before its work begins.
    with suppress(KeyboardInterrupt), as_keyboard_interrupts():
        channel = Channel(connection)
        _log_to(channel)
        channel.send_last(_execute(channel, request))


class _PageHandler(logging.Handler):
    """Sends log records to the page."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(logging.INFO)
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        """Send the message and the level of a record."""
        self._channel.send(LogLine(record.getMessage(), record.levelno))


def _log_to(channel: Channel) -> None:
    """Send log records of `stylekit` to the page only."""
    logger = logging.getLogger("stylekit")
    logger.handlers[:] = [_PageHandler(channel)]
    logger.setLevel(logging.INFO)
    logger.propagate = False


def _execute(channel: Channel, request: Request) -> WorkerMessage:
    try:
        host = make_host(request.argv)
        if isinstance(request, PreviewRequest):
            return _preview(host, request)
        if isinstance(request, EstimateRequest):
            return _estimate(host, request)
        # Two that each use all threads are slower than one after the other.
        torch.set_num_threads(max(1, torch.get_num_threads() // request.concurrent_runs))
        if isinstance(request, TrainRequest):
            return train(host, request, channel.send)
        if isinstance(request, LiveRequest):
            return paint_live(host, request)
        return _stylize(host, request, channel)
    except KeyboardInterrupt:
        return Failure("Stopped before the first result; no file was written.")
    except StylekitError as error:
        _print_traceback(request.argv)
        return Failure(error.message, error.hint)
    except Exception as error:
        _print_traceback(request.argv)
        return Failure(
            f"This is a bug in stylekit or a plugin: {one_line(error)}",
            "`stylekit ui --debug` prints the traceback.",
        )


def _print_traceback(argv: Sequence[str]) -> None:
    if "--debug" in argv:
        traceback.print_exc(file=sys.stderr)


def _stylize(host: Host, request: StylizeRequest, channel: Channel) -> WorkerMessage:
    host.register(ProgressObserver(channel.send), "ui-progress")
    plan = host.plan(request.config)
    run = host.start(plan, quiet=True)
    try:
        run.to_end()
    except Interrupted:
        if not run.result.artifacts:
            raise
    return _finished(plan, run.result)


def _finished(plan: Plan, result: Result) -> RunFinished:
    artifact = result.artifacts[-1]
    clip = result.clips[-1]
    before = None
    if not clip.is_video:
        content = Sources(plan.catalogue, plan.config.tables).read_image(plan.config.content[0])
        before = as_jpeg(content.resized(clip.image.width, clip.image.height), quality=92)
    return RunFinished(
        artifact.path, artifact.record, before, result.seconds, result.steps, result.interrupted
    )


def _estimate(host: Host, request: EstimateRequest) -> WorkerMessage:
    # An estimate fetches nothing.
    plan = host.plan({**request.config, "offline": True})
    # Not every executor measures this machine.
    estimate = getattr(plan.executor.make(), "estimate", None)
    if estimate is None:
        return Failure("This executor gives no estimates.")
    _, estimated = estimate(RunRequest(plan))
    return EstimateReady(estimated.summary)


def _preview(host: Host, request: PreviewRequest) -> PreviewReady:
    clip = Sources(host.catalogue, {}).read(request.source)
    image = clip.image
    shown = shrink_to(image, request.side)
    if request.target.suffix == ".jpg":
        request.target.write_bytes(as_jpeg(shown, quality=85))
    else:
        # Fast compression: the file only travels to a browser on the same machine.
        shown.to_pil().save(request.target, compress_level=1)
    return PreviewReady(image.width, image.height, clip.is_video)
