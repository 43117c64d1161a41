"""Where files are: the folder of runs, what they were made of, and what is only shown."""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stylekit_ui.child import Child
from stylekit_ui.messages import Failed, Show, Shown
from stylekit_ui.runs import outcome

INPUTS = "inputs"
"""Folder, inside that of the runs, of the files that they were made of: records name them."""

PICTURE, CLIP = ".png", ".mp4"


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
    moves: bool

    @property
    def suffix(self) -> str:
        """What the file of a result is called: what every browser shows."""
        return CLIP if self.moves else PICTURE


class Shelf:
    """The files of one server.

    Args:
        words: those of the command.
        folder: where runs go.
    """

    def __init__(self, words: Sequence[str], folder: Path) -> None:
        self.folder = folder.resolve()
        self._words = words
        self._scratch = tempfile.TemporaryDirectory(prefix="stylekit-ui-")
        self._promised: set[Path] = set()

    @property
    def scratch(self) -> Path:
        """The folder of what is forgotten at the end."""
        return Path(self._scratch.name).resolve()

    async def read(self, text: str) -> Source | Failed:
        """Return a source that can be read, or why it cannot."""
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        target = self.scratch / f"{stem_of(text)}-{digest}.png"
        child = await asyncio.to_thread(Child, Show(self._words, text, target))
        found = await outcome(child)
        if isinstance(found, Shown):
            return Source(text, found.width, found.height, target, found.moves)
        assert isinstance(found, Failed)
        return Failed(found.message.replace(text, Path(text).name), found.hint)

    def keep(self, text: str) -> str:
        """Return a source that will still be there when this server is not."""
        path = Path(text)
        if not path.is_relative_to(self.scratch):
            return text
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        kept = self.folder / INPUTS / f"{stem_of(text)}-{digest}{path.suffix.lower()}"
        kept.parent.mkdir(parents=True, exist_ok=True)
        if not kept.exists():
            shutil.copyfile(path, kept)
        return str(kept)

    def target(self, sources: Sequence[str], suffix: str) -> Path:
        """Return a file that is not there yet, named after what it is made of."""
        stem = "-".join(stem_of(source) for source in sources)
        number, name = 1, stem
        self.folder.mkdir(parents=True, exist_ok=True)
        # A picture and a clip of one stem would share a record, too.
        while self.folder / name in self._promised or any(self.folder.glob(f"{name}.*")):
            number += 1
            name = f"{stem}-{number}"
        self._promised.add(self.folder / name)
        return self.folder / (name + suffix)

    def close(self) -> None:
        """Forget what was only shown."""
        self._scratch.cleanup()


def stem_of(source: str) -> str:
    """Return a short name for files: `me` for `me.jpg`, `sample:me` and `me-0f3a12bc.jpg`."""
    stem = Path(source.rpartition(":")[2]).stem
    return re.sub(r"[^\w-]", "_", re.sub(r"-[0-9a-f]{8}$", "", stem))[:60] or "picture"
