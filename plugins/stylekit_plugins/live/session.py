"""One session: opens camera and outputs, paints, and closes all of them, whatever happens."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylekit.errors import InputError
from stylekit.events import Artifact
from stylekit.inputs.sources import Sources
from stylekit.machine import devices
from stylekit.machine.interrupts import saving
from stylekit.runs.plan import Plan
from stylekit_plugins.live.camera import OpenCVCamera
from stylekit_plugins.live.capture import Camera, Capture, ClipAsCamera
from stylekit_plugins.live.crew import Crew, make_painters
from stylekit_plugins.live.loop import Live, Output, paint_live
from stylekit_plugins.live.mailbox import Pixels
from stylekit_plugins.live.recording import Recording
from stylekit_plugins.live.server import Page
from stylekit_plugins.live.strength import Strength
from stylekit_plugins.live.window import Window

_log = logging.getLogger(f"stylekit.{__name__}")


@dataclass(frozen=True)
class Source:
    """What is painted.

    Attributes:
        camera: its number, device file or address.
        clip: a source that plays instead of a camera.
        loop: begin the clip again at its end.
        mirror: flip frames from left to right.
    """

    camera: str
    clip: str | None = None
    loop: bool = False
    mirror: bool = False


class Session:
    """Paints live, into a window unless there is a file or a page.

    Args:
        plan: its method is feed-forward.
        port: of the page; None: no page.
        seconds: after which it ends; None: without end.
        quiet: print no frames a second.

    Raises:
        StylekitError: a part cannot be opened; all others are closed.
    """

    def __init__(
        self, plan: Plan, source: Source, port: int | None, seconds: float | None, quiet: bool
    ) -> None:
        self._seconds = seconds
        self._live = Live(Strength(plan.method.params))
        self._recording: Recording | None = None
        self._outputs: list[Output] = []
        sources = Sources(plan.catalogue, plan.config.tables)
        with contextlib.ExitStack() as stack:
            stack.callback(self._live.stopped.set)
            page = None if port is None else Page(self._live, port)
            if page is not None:
                stack.callback(page.close)
                self._outputs.append(page)
            camera = _opened(source, sources, plan.config.size or 0)
            capture = Capture(camera, self._live.mailbox, plan.config.size or 0, source.mirror)
            stack.callback(capture.stop)
            if plan.config.out is not None:
                path = Path(plan.config.out)
                self._recording = Recording(plan, path, capture.size)
                stack.callback(self._recording.close)
                self._outputs.append(self._recording)
            if not self._outputs:
                window = Window(self._live, capture.size)
                stack.callback(window.close)
                self._outputs.append(window)
            elif not quiet and sys.stderr.isatty():
                line = RateLine(self._live)
                stack.callback(line.close)
                self._outputs.append(line)
            painters = make_painters(plan, sources, capture.size)
            for each in painters:
                # The first image is slow: networks settle, memory is reserved.
                each.paint(capture.blank())
            live = self._live
            crew = Crew(painters, live.mailbox, live.strength, live.stopped)
            stack.callback(crew.end)
            if page is not None:
                _log.info(f"Open {page.address} in a browser on this machine.")
            self._capture, self._crew, self._painter = capture, crew, painters[0]
            self._stack = stack.pop_all()

    def paint(self) -> None:
        """Paint until it ends.

        Raises:
            StylekitError: the camera or the method fails.
            KeyboardInterrupt: Ctrl-C.
        """
        self._capture.start()
        self._crew.start()
        paint_live(self._live, self._crew, self._outputs, self._seconds)

    def end(self) -> Artifact | None:
        """Close everything, and write the file if frames were painted."""
        with saving(), self._stack:
            self._crew.end()
            self._capture.stop()
            recording = self._recording
            if recording is None or not recording.count:
                return None
            device = devices.describe(self._painter.device)
            return recording.finish(self._painter.weights_used, device)

    def summary(self) -> dict[str, Any]:
        """Return the numbers of the session for its last line."""
        meter = self._live.meter
        return {
            "frames": meter.shown,
            "dropped": self._live.mailbox.dropped,
            "fps": round(meter.mean_fps, 2),
            "seconds": round(meter.seconds, 2),
        }


class RateLine:
    """Writes the frames a second to a terminal, on one line that changes."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._latest = 0.0
        self._width = 0

    def show(self, pixels: Pixels, seconds: float) -> None:
        """Update the line, once a second."""
        now = time.monotonic()
        if now - self._latest >= 1:
            self._latest = now
            text = self._live.line()
            print(f"\r{text:{self._width}}", end="", file=sys.stderr, flush=True)
            self._width = len(text)

    def idle(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Remove the line."""
        if self._width:
            print("\r" + " " * self._width + "\r", end="", file=sys.stderr, flush=True)


def _opened(source: Source, sources: Sources, long_side: int) -> Camera:
    """Open the camera or the clip.

    Raises:
        StylekitError: it does not exist, or gives no frames.
    """
    if source.clip is None:
        return OpenCVCamera(source.camera, long_side)
    clip = sources.read(source.clip)
    if not clip.is_video:
        raise InputError(
            f"{source.clip} is an image, and not a clip.",
            "Name a clip, or stylize the image with `stylekit run`.",
        )
    for note in clip.notes:
        _log.warning(note)
    return ClipAsCamera(clip, source.loop)
