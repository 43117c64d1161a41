"""A file of what was painted: kept as it comes, encoded at the end."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from stylekit.errors import InputError
from stylekit.events import Artifact
from stylekit.files.atomic import check_writable
from stylekit.files.ownership import OwnFiles
from stylekit.images.frames import Clip, Frame, LazyFrames
from stylekit.protocols import ClipMedia
from stylekit.records import record
from stylekit.registry.catalogue import make
from stylekit.runs.config import RunConfig
from stylekit.runs.plan import Plan
from stylekit.specs import MediaSpec
from stylekit.weights.manager import Choice
from stylekit_plugins.live.mailbox import Pixels


class Recording:
    """Keeps frames in an unnamed file beside the target, at 3 bytes a pixel.

    Encoding a video would take the painter's time, so it waits for the end. What is kept disappears
    with the process, however that ends.

    Args:
        size: of the frames, (width, height).

    Raises:
        InputError: the file exists, or cannot be written, or its format holds no clips.
    """

    def __init__(self, plan: Plan, path: Path, size: tuple[int, int]) -> None:
        self._plan = plan
        self._path = path
        self._size = size
        self._times: list[float] = []
        check_target(plan, path)
        media = _clip_media(plan, path)
        media.check(Clip((self._frame(np.zeros((size[1], size[0], 3), np.uint8)),)), str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(dir=path.parent)  # noqa: SIM115 - `close` closes it

    def show(self, pixels: Pixels, seconds: float) -> None:
        """Keep a frame.

        Raises:
            InputError: the disk is full; what was kept before can still be written.
        """
        try:
            self._file.seek(len(self._times) * pixels.nbytes)
            self._file.write(pixels.tobytes())
            self._file.flush()
        except OSError as error:
            raise InputError(
                f"No more frames of {self._path} can be kept: {error.strerror}.",
                "Free disk space, or choose a smaller --size.",
            ) from None
        # Timestamps must increase, also where the clock is coarse.
        last = self._times[-1] + 1e-3 if self._times else 0.0
        self._times.append(max(seconds, last))

    def idle(self) -> None:
        """Do nothing: a file has no keys."""

    @property
    def count(self) -> int:
        """How many frames are kept."""
        return len(self._times)

    def finish(self, weights: dict[str, Choice], device: str) -> Artifact:
        """Write the file and its record.

        Raises:
            InputError: it cannot be written.
        """
        times = [each - self._times[0] for each in self._times]
        rate = (len(times) - 1) / times[-1] if len(times) > 1 else 25.0
        clip = Clip(_Kept(self), "live", rate, times)
        config = self._plan.config
        own = OwnFiles(lambda _: config.overwrite)
        details = record.describe_plan(self._plan, weights, device)
        details["config"] = record.portable_config(
            details["config"], RunConfig, self._plan.catalogue, self._path.parent
        )
        with own.draft(self._path) as draft:
            _clip_media(self._plan, self._path).write(clip, str(draft.path))
            return record.publish(draft, self._path, details, own)

    def close(self) -> None:
        """Forget what was kept."""
        self._file.close()

    def load(self, index: int) -> Frame:
        """Return a frame that was kept."""
        width, height = self._size
        length = width * height * 3
        self._file.seek(index * length)
        values = np.frombuffer(self._file.read(length), np.uint8)
        return self._frame(values.reshape(height, width, 3))

    def _frame(self, values: Pixels) -> Frame:
        return Frame.from_array(values, "live")


class _Kept(LazyFrames):
    """The frames of a recording."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def __len__(self) -> int:
        return self._recording.count

    def load(self, index: int) -> Frame:
        """Read a frame back."""
        return self._recording.load(index)


def check_target(plan: Plan, path: Path) -> None:
    """Refuse a file that cannot be written, before anything is opened.

    Raises:
        InputError: it exists, no plugin writes clips to it, or its folder cannot be written to.
        MissingExtraError: the plugin that writes it needs packages that are not installed.
    """
    record.check_artifact(path, plan.config.overwrite)
    _clip_media(plan, path)
    check_writable(path, record.record_path(path))


def _clip_media(plan: Plan, path: Path) -> ClipMedia:
    """Return the adapter that writes clips to files of this suffix."""
    suffix = path.suffix.lower()
    adapters = plan.catalogue.all(MediaSpec)
    for component in adapters:
        if suffix in component.spec.writes and suffix in component.spec.clips:
            component.require_extra(f"Writing {path}")
            media: ClipMedia = make(component, plan.config.tables)
            return media
    known = [each for c in adapters for each in c.spec.clips if each in c.spec.writes]
    raise InputError(
        f"Cannot write {path}: '{suffix}' files hold no clips.",
        f"Name a file that ends in {', '.join(known)}." if known else None,
    )
