"""Where files are: the folder of runs, what they were made of, and what is only shown."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import shutil
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from stylekit.errors import InputError, UsageError
from stylekit.files.atomic import atomic_write, sha256_of
from stylekit.inputs.syntax import short_name
from stylekit_ui.messages import Failed, Show, Shown
from stylekit_ui.process import Child
from stylekit_ui.run_manager import outcome
from stylekit_ui.scratch import Scratch

INPUTS = "inputs"
"""Folder, inside that of the runs, of the files that they were made of: records name them."""

IMAGE, CLIP = ".png", ".mp4"


@dataclass(frozen=True)
class Source:
    """A picture or clip that was chosen.

    Attributes:
        text: as a config names it.
        shown: a file that a browser can show.
    """

    text: str
    width: int
    height: int
    shown: Path
    is_video: bool

    @property
    def suffix(self) -> str:
        """What the file of a result is called: what every browser shows."""
        return CLIP if self.is_video else IMAGE


class Shelf:
    """The files of one server.

    Args:
        words: those of the command.
        folder: where runs go.
    """

    def __init__(self, words: Sequence[str], folder: Path) -> None:
        self.folder = folder.resolve()
        self.space = Scratch()
        self._words = words
        self._naming = threading.Lock()
        self._promised: set[Path] = set()
        self._offered: set[Path] = set()

    @property
    def scratch(self) -> Path:
        """The folder of what is forgotten at the end."""
        return self.space.folder

    # -- what the page may have, and what it may name -------------------------------------------

    def offer(self, path: Path) -> str:
        """Let the page have a file of the folder of runs. Nothing else there is served."""
        self._offered.add(path)
        return str(path)

    def serves(self, path: str) -> bool:
        """Decide whether the page may have a file; links are followed nowhere."""
        try:
            found = Path(path)
            if found.resolve() != found or not found.is_file():
                return False
            if found.is_relative_to(self.scratch):
                self.space.use(found)
                return True
        except (OSError, RuntimeError, ValueError):
            return False
        return found in self._offered

    def holds(self, path: str) -> bool:
        """Decide whether a path is in one of the two folders, wherever its links lead."""
        try:
            found = Path(path).resolve()
        except (OSError, RuntimeError, ValueError):
            return False
        return any(found.is_relative_to(place) for place in (self.folder, self.scratch))

    def check(self, text: str) -> None:
        """Refuse a text that names a file elsewhere.

        Raises:
            UsageError: it does, as a whole or in a part of it, such as `alpha:FILE,invert`.
        """
        for path in _paths_in(text):
            if _may_exist(path) and not self.holds(path):
                raise self.refusal(text)

    def refusal(self, text: str) -> UsageError:
        """Make the error for a file elsewhere."""
        return UsageError(
            f"'{text}' is not in the folder of runs, and the page opens files of no other.",
            f"Drop it on the page if it has a place there, or copy it to {self.folder}.",
        )

    # -- sources --------------------------------------------------------------------------------

    async def read(self, text: str) -> Source | Failed:
        """Return a source that can be read, or why it cannot."""
        try:
            self.check(text)
        except UsageError as error:
            return Failed(error.message, error.hint)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        target = self.scratch / f"{stem_of(text)}-{digest}.png"
        child = await asyncio.to_thread(Child, Show(self._words, text, target))
        found = await outcome(child)
        if isinstance(found, Shown):
            return Source(text, found.width, found.height, target, found.is_video)
        assert isinstance(found, Failed)
        return Failed(found.message.replace(text, Path(text).name), found.hint)

    def keep(self, text: str) -> str:
        """Return a source that will still be there when this server is not.

        An upload is copied, which takes time: not a thing for the thread that answers pages.

        Raises:
            InputError: it is there no longer, or cannot be copied.
        """
        path = Path(text)
        if not path.is_relative_to(self.scratch):
            return text
        if not path.is_file():
            raise InputError(
                f"{path.name} has not been used for long, and was forgotten.", "Drop it once more."
            )
        self.space.use(path)
        digest = sha256_of(path)
        kept = self.folder / INPUTS / f"{stem_of(text)}-{digest[:8]}{path.suffix.lower()}"
        # A copy that was cut short has another digest than its name says.
        if not kept.is_file() or sha256_of(kept) != digest:
            with atomic_write(kept) as copy:
                shutil.copyfile(path, copy)
        return str(kept)

    def target(self, sources: Sequence[str], suffix: str) -> Path:
        """Return a file that is not there yet, named after what it is made of."""
        stem = "-".join(stem_of(source) for source in sources)
        number, name = 1, stem
        # Each run leaves something that is only shown.
        self.space.has_room(0)
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._naming:
            # A picture and a clip of one stem would share a record, too.
            while self.folder / name in self._promised or any(self.folder.glob(f"{name}.*")):
                number += 1
                name = f"{stem}-{number}"
            self._promised.add(self.folder / name)
        return self.folder / (name + suffix)

    def close(self) -> None:
        """Forget what was only shown."""
        self.space.close()


def stem_of(source: str) -> str:
    """Return a short name for files: `me` for `me.jpg`, `sample:me` and `me-0f3a12bc.jpg`."""
    stem = Path(source.rpartition(":")[2]).stem
    return short_name(re.sub(r"-[0-9a-f]{8}$", "", stem) + ".png").replace(".", "_")


def _paths_in(text: str) -> Iterator[str]:
    """Yield whatever in a text could be a path: schemes, names, options and weights cut off."""
    starts = [0, *(match.end() for match in re.finditer("[:=]", text))]
    ends = [*(match.start() for match in re.finditer("[,#@*]", text)), len(text)]
    for start in starts:
        yield from (text[start:end] for end in ends if start < end)


def _may_exist(path: str) -> bool:
    """Return whether a path is more than a word or a number, such as `content` or `1/4`."""
    found = Path(path)
    if found.is_absolute() or ".." in found.parts or path.startswith("~"):
        return True
    with contextlib.suppress(OSError, ValueError):
        return found.is_file() or (len(found.parts) > 1 and Path(found.parts[0]).exists())
    return False
