"""Writes result files without replacing files of others."""

from __future__ import annotations

import contextlib
import itertools
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from stylekit.files.draft import Draft, Taken, followed
from stylekit.text import truncate

_log = logging.getLogger(__name__)

_STEM_BYTES = 200
"""Bytes of a stem that are kept when a number is appended."""


class OwnFiles:
    """The result files of one run.

    If another file has taken the name by the time a result is finished, that file is kept and the
    result gets the next free name: `night-2.png` instead of `night.png`.

    Args:
        may_replace: decides, when a path is written for the first time, whether an existing file
            may be replaced, as with `--overwrite`; for a link, its target is replaced.
        level: of the line that is logged about each file that got another name.
    """

    def __init__(self, may_replace: Callable[[Path], bool], level: int = logging.WARNING) -> None:
        self._may_replace = may_replace
        self._level = level
        self._placed: dict[Path, Path] = {}

    @contextlib.contextmanager
    def writing(self, path: Path) -> Iterator[Path]:
        """Yield a temporary path with the suffix of `path`; rename it at the end of the block.

        Raises:
            InputError: the file cannot be written.
        """
        with self.draft(path) as draft:
            yield draft.path
            self.place(path, draft.place_through)

    def draft(self, path: Path) -> Draft:
        """Return a draft for a result file."""
        name, replace = next(self._names(path))
        return Draft(followed(name) if replace else name)

    def place(self, path: Path, place: Callable[[Path, bool], None]) -> Path:
        """Give a finished file the first free name, and return that.

        Args:
            place: renames the file to a name, which it may replace or not; raises `Taken`.
        """
        for name, replace in self._names(path):
            with contextlib.suppress(Taken):
                place(name, replace)
                if name not in (path, self._placed.get(path)):
                    _log.log(self._level, f"{path} is there now and is kept: the result is {name}.")
                self._placed[path] = name
                return name
        raise AssertionError

    def where(self, path: Path) -> Path:
        """Return the path that a file was written to: `path`, or its other name."""
        return self._placed.get(path, path)

    def _names(self, path: Path) -> Iterator[tuple[Path, bool]]:
        """Yield possible names of a file, the best first, and whether each may be replaced."""
        if path in self._placed:
            yield self._placed[path], True
        else:
            yield path, self._may_replace(path)
        for name in numbered(path):
            yield name, False


def numbered(path: Path) -> Iterator[Path]:
    """Yield other names for a file: `night-2.png`, `night-3.png`, ..."""
    for number in itertools.count(2):
        yield path.with_name(f"{truncate(path.stem, _STEM_BYTES)}-{number}{path.suffix}")
