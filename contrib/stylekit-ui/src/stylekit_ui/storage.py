"""Files of the server: the folder of results, copies of inputs, and temporary files."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stylekit.errors import InputError, UsageError
from stylekit.files.atomic import atomic_write, sha256_of
from stylekit.inputs.syntax import short_name
from stylekit_ui.messages import Failure, PreviewReady, PreviewRequest
from stylekit_ui.process import WorkerProcess
from stylekit_ui.run_manager import wait_for_outcome
from stylekit_ui.scratch import Scratch

INPUTS = "inputs"
"""Subfolder of the results for copies of their inputs, which records name."""

IMAGE_SUFFIX, VIDEO_SUFFIX = ".png", ".mp4"


@dataclass(frozen=True)
class Source:
    """An image or video that the user chose.

    Attributes:
        text: the source as a config names it.
        preview: a file that a browser can show.
    """

    text: str
    width: int
    height: int
    preview: Path
    is_video: bool

    @property
    def result_suffix(self) -> str:
        """Suffix of a result file, of a format that every browser shows."""
        return VIDEO_SUFFIX if self.is_video else IMAGE_SUFFIX


class Storage:
    """The files of one server.

    Args:
        argv: arguments of `stylekit ui`.
        folder: folder for results.
    """

    def __init__(self, argv: Sequence[str], folder: Path) -> None:
        self.folder = folder.resolve()
        self.scratch = Scratch()
        self._argv = argv
        self._name_lock = threading.Lock()
        self._reserved: set[Path] = set()
        self._published: set[Path] = set()
        self._sources: dict[str, asyncio.Task[Source | Failure]] = {}
        """The latest reading of each source, in progress or done."""

    @property
    def scratch_folder(self) -> Path:
        """Folder of temporary files, which is removed at the end."""
        return self.scratch.folder

    # -- files that the page may show or name ---------------------------------------------------

    def publish(self, path: Path) -> str:
        """Allow the page to load a result; other files of the folder stay private."""
        self._published.add(path)
        return str(path)

    def may_serve(self, text: str) -> bool:
        """Return whether the page may load a file; symbolic links are refused."""
        try:
            path = Path(text)
            if path.resolve() != path or not path.is_file():
                return False
            if path.is_relative_to(self.scratch_folder):
                self.scratch.touch(path)
                return True
        except (OSError, RuntimeError, ValueError):
            return False
        return path in self._published

    def contains(self, text: str) -> bool:
        """Return whether a path, with its links resolved, is in one of the two folders."""
        try:
            path = Path(text).resolve()
        except (OSError, RuntimeError, ValueError):
            return False
        return any(path.is_relative_to(folder) for folder in (self.folder, self.scratch_folder))

    def check(self, text: str) -> None:
        """Check that a text names no file outside the two folders.

        Raises:
            UsageError: it does, as a whole or in a part such as `alpha:FILE,invert`.
        """
        for path in _paths_in(text):
            if _may_exist(path) and not self.contains(path):
                raise self.outside_error(text)

    def outside_error(self, text: str) -> UsageError:
        """Return the error for a file outside the two folders."""
        return UsageError(
            f"'{text}' is outside the results folder; the page opens no other files.",
            f"Upload it on the page if there is an input for it, or copy it to {self.folder}.",
        )

    # -- sources --------------------------------------------------------------------------------

    async def read(self, text: str) -> Source | Failure:
        """Read a source; return it with its preview, or the error if it cannot be read."""
        reading = self._sources.get(text)
        if reading is None or reading.done():
            reading = self._sources[text] = asyncio.ensure_future(self._read(text))
        # Others may wait for it, too.
        return await asyncio.shield(reading)

    async def known(self, text: str) -> Source | Failure:
        """Return a source as it was read last, or is being read now; read it if it never was."""
        reading = self._sources.get(text)
        if reading is not None:
            source = await asyncio.shield(reading)
            if isinstance(source, Source) and source.preview.is_file():
                return source
        return await self.read(text)

    async def _read(self, text: str) -> Source | Failure:
        try:
            self.check(text)
        except UsageError as error:
            return Failure(error.message, error.hint)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        preview = self.scratch_folder / f"{stem_of(text)}-{digest}.png"
        request = PreviewRequest(self._argv, text, preview)
        try:
            worker = await asyncio.to_thread(WorkerProcess, request)
        except OSError as error:
            return Failure(f"Cannot start a process: {error}.", "The memory may be full.")
        outcome = await wait_for_outcome(worker)
        if isinstance(outcome, PreviewReady):
            return Source(text, outcome.width, outcome.height, preview, outcome.is_video)
        assert isinstance(outcome, Failure)
        return Failure(outcome.message.replace(text, Path(text).name), outcome.hint)

    def store(self, text: str) -> str:
        """Return a source that outlives this server; an upload is copied to the results.

        Copying takes time: do not call it in the thread that answers pages.

        Raises:
            InputError: the upload was removed, or cannot be copied.
        """
        path = Path(text)
        if not path.is_relative_to(self.scratch_folder):
            return text
        if not path.is_file():
            raise InputError(
                f"The upload {path.name} was unused for too long and has been removed.",
                "Upload it again.",
            )
        self.scratch.touch(path)
        digest = sha256_of(path)
        copy = self.folder / INPUTS / f"{stem_of(text)}-{digest[:8]}{path.suffix.lower()}"
        # The digest of a truncated copy differs from the one in its name.
        if not copy.is_file() or sha256_of(copy) != digest:
            with atomic_write(copy) as draft:
                shutil.copyfile(path, draft)
        return str(copy)

    def new_output_path(self, sources: Sequence[str], suffix: str) -> Path:
        """Reserve the path of a new result, named after its sources."""
        stem = "-".join(stem_of(source) for source in sources)
        # Any suffix counts: an image and a video of one stem would share a record.
        name = self._reserve(stem, lambda name: any(self.folder.glob(f"{name}.*")))
        return self.folder / (name + suffix)

    def new_output_folder(self, text: str, source: str) -> Path:
        """Reserve a new folder for a result of several files.

        Args:
            text: the name that the user wants; characters that may mean something in a path are
                replaced. Without any other, the folder is named after `source`.
        """
        safe = re.sub(r"[^\w-]+", "-", text).strip("-")
        stem = short_name(f"{safe}.png") if safe else stem_of(source)
        return self.folder / self._reserve(
            stem, lambda name: name == INPUTS or os.path.lexists(self.folder / name)
        )

    def _reserve(self, stem: str, is_taken: Callable[[str], bool]) -> str:
        """Reserve a name for a result: the stem, with a number if it is taken."""
        number, name = 1, stem
        # Each run leaves a temporary file, so this is the time to remove old ones.
        self.scratch.has_room(0)
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._name_lock:
            while self.folder / name in self._reserved or is_taken(name):
                number += 1
                name = f"{stem}-{number}"
            self._reserved.add(self.folder / name)
        return name

    def close(self) -> None:
        """Remove the temporary files."""
        self.scratch.close()


def stem_of(source: str) -> str:
    """Return a short name for files: `me` for `me.jpg`, `sample:me` and `me-0f3a12bc.jpg`."""
    stem = Path(source.rpartition(":")[2]).stem
    return short_name(re.sub(r"-[0-9a-f]{8}$", "", stem) + ".png").replace(".", "_")


def _paths_in(text: str) -> Iterator[str]:
    """Yield every part of a text that could be a path, without schemes, names and options."""
    starts = [0, *(match.end() for match in re.finditer("[:=]", text))]
    ends = [*(match.start() for match in re.finditer("[,#@*]", text)), len(text)]
    for start in starts:
        yield from (text[start:end] for end in ends if start < end)


def _may_exist(text: str) -> bool:
    """Return whether a text is a path, and not a plain word or number such as `1/4`."""
    path = Path(text)
    if path.is_absolute() or ".." in path.parts or text.startswith("~"):
        return True
    with contextlib.suppress(OSError, ValueError):
        return path.is_file() or (len(path.parts) > 1 and Path(path.parts[0]).exists())
    return False
