"""Cameras, by OpenCV."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from stylekit.errors import InputError
from stylekit.machine.extras import require_extra
from stylekit.text import printable
from stylekit_plugins.live.mailbox import Pixels

_DEVICES = Path("/sys/class/video4linux")
"""Where Linux lists its cameras."""

_LEAST_WIDTH = 640
"""Width in pixels that is requested of a camera: nearly all have it, at their best rate."""

_FAILURES = 10
"""Frames in a row that may be missing before the camera counts as gone."""


class OpenCVCamera:
    """A camera of this machine, or one in the network.

    Args:
        name: its number, its device file (`/dev/video2`), or the address of a stream.
        long_side: the size in pixels that the frames are used at.

    Raises:
        MissingExtraError: OpenCV is not installed.
        InputError: there is no such camera, or it gives no images.
    """

    def __init__(self, name: str, long_side: int) -> None:
        require_extra(f"Camera {name}", "video", ("cv2",))
        import cv2

        self._name = name
        # What it prints about each driver that failed would hide the error below.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        self._device: Any = cv2.VideoCapture(int(name) if name.isdecimal() else name)
        if not self._device.isOpened():
            raise InputError(f"Camera {name} cannot be opened.", _advice(name))
        if "://" not in name:
            self._device.set(cv2.CAP_PROP_FRAME_WIDTH, max(long_side, _LEAST_WIDTH))
        # The latest frame counts, and a queue of frames would only be late.
        self._device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        first = self._read()
        if first is None:
            self.close()
            raise InputError(f"Camera {name} gives no images.", _advice(name))
        self.size = (first.shape[1], first.shape[0])

    def frames(self, stopped: threading.Event) -> Iterator[tuple[Pixels, int]]:
        """Yield the frames as they come; see `Camera`."""
        failures = 0
        while not stopped.is_set():
            values = self._read()
            if values is not None:
                failures = 0
                yield values, 0
                continue
            failures += 1
            if failures == _FAILURES:
                raise InputError(
                    f"Camera {self._name} gives no more images.", "Is it still connected?"
                )
            stopped.wait(0.05)

    def close(self) -> None:
        """Release the device."""
        self._device.release()

    def _read(self) -> Pixels | None:
        done, values = self._device.read()
        # OpenCV has blue first.
        return np.ascontiguousarray(values[..., ::-1]) if done else None


def _advice(name: str) -> str:
    """Say which cameras exist, where that is known, and what works without one."""
    instead = "--content CLIP plays a clip as a camera."
    if "://" in name or not _DEVICES.parent.is_dir():
        return f"Is it connected, and used by no other program? {instead}"
    cameras = sorted(_DEVICES.glob("video*"), key=lambda path: (len(path.name), path.name))
    if not cameras:
        return f"This machine has no camera that the system knows. {instead}"
    named = ", ".join(f"{path.name.removeprefix('video')} ({_label(path)})" for path in cameras[:8])
    return (
        f"The system lists: {named}. May you read it, and does no other program use it? {instead}"
    )


def _label(path: Path) -> str:
    try:
        return printable((path / "name").read_text(encoding="utf-8", errors="replace").strip())
    except OSError:
        return path.name
