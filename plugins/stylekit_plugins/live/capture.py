"""The thread that reads frames: a clip in real time, or a camera as fast as it delivers."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from typing import Protocol

import numpy as np
from PIL import Image

from stylekit.images.frames import Clip, Frame, fit
from stylekit_plugins.live.mailbox import Captured, Mailbox, Pixels


class Camera(Protocol):
    """A source of frames.

    Attributes:
        size: width and height of its frames in pixels.
    """

    size: tuple[int, int]

    def frames(self, stopped: threading.Event) -> Iterator[tuple[Pixels, int]]:
        """Yield each frame when it is due, and how many before it were left out.

        Raises:
            InputError: it gives no more frames.
        """

    def close(self) -> None:
        """Release the device."""


class ClipAsCamera:
    """Plays a clip in real time: a frame whose time has passed is left out.

    Args:
        loop: begin again at the end.
    """

    def __init__(self, clip: Clip, loop: bool) -> None:
        self._clip = clip
        self._loop = loop
        self.size = (clip.image.width, clip.image.height)

    def frames(self, stopped: threading.Event) -> Iterator[tuple[Pixels, int]]:
        """Yield the frames at their times; see `Camera`."""
        times, count = self._clip.times, len(self._clip.frames)
        duration = times[-1] - times[0] + 1 / (self._clip.fps or 25)
        started = time.monotonic()
        left_out = 0
        for turn in itertools.count() if self._loop else range(1):
            for index in range(count):
                due = started + turn * duration + times[index] - times[0]
                following = times[index + 1] - times[index] if index + 1 < count else 0
                if following and time.monotonic() > due + following:
                    left_out += 1
                    continue
                values = _as_bytes(self._clip.frames[index])
                if stopped.wait(max(0.0, due - time.monotonic())):
                    return
                yield values, left_out
                left_out = 0

    def close(self) -> None:
        """Do nothing: a clip closes its file by itself."""


class Capture:
    """Reads a camera in a thread of its own, into a mailbox.

    Args:
        long_side: of the frames in the mailbox, in pixels; smaller frames stay as they are.
        mirror: flip frames from left to right, as a mirror does.

    Attributes:
        size: width and height of the frames in the mailbox.
    """

    def __init__(self, camera: Camera, mailbox: Mailbox, long_side: int, mirror: bool) -> None:
        width, height = camera.size
        self.size = fit(width, height, min(long_side, max(width, height)))
        self._camera = camera
        self._mailbox = mailbox
        self._mirror = mirror
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stylekit-camera", daemon=True)

    def blank(self) -> Pixels:
        """Return a gray frame of the size of all others."""
        return np.full((self.size[1], self.size[0], 3), 127, np.uint8)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and release the camera."""
        self._stopped.set()
        if self._thread.ident is not None:
            # A camera that hangs must not keep the command from ending.
            self._thread.join(2)
        if not self._thread.is_alive():
            self._camera.close()

    def _run(self) -> None:
        started: float | None = None
        try:
            for values, left_out in self._camera.frames(self._stopped):
                if self._stopped.is_set():
                    return
                now = time.monotonic()
                started = now if started is None else started
                self._mailbox.put(Captured(self._at_size(values), now - started), left_out)
        except Exception as error:
            self._mailbox.end(error)
        else:
            self._mailbox.end()

    def _at_size(self, values: Pixels) -> Pixels:
        if values.shape[1::-1] != self.size:
            # Pillow's own loop: torch would take the painter's threads.
            image = Image.fromarray(values)
            values = np.array(image.resize(self.size, Image.Resampling.BILINEAR, reducing_gap=2))
        if self._mirror:
            values = values[:, ::-1]
        return np.ascontiguousarray(values)


def _as_bytes(frame: Frame) -> Pixels:
    """Return the values of a frame, rounded; with NumPy, for the reason above."""
    values = np.rint(frame.pixels.numpy() * 255).astype(np.uint8)
    return np.ascontiguousarray(values.transpose(1, 2, 0))
