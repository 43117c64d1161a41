"""What a piece of work may replace: the files that it wrote itself."""

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
"""Bytes that are left of a stem where a number is put behind it."""


class OwnFiles:
    """The files of one piece of work, under names that a user gave, or might have given.

    A name that is taken by the time a file is finished is left alone, and the file gets the next
    free one: `night-2.png` instead of `night.png`.

    Args:
        may_replace: decides for a path that is written for the first time whether what is there
            may be replaced, as with `--overwrite`; of a link, what it leads to is.
        level: of the line that is logged about each file that got another name.
    """

    def __init__(self, may_replace: Callable[[Path], bool], level: int = logging.WARNING) -> None:
        self._may_replace = may_replace
        self._level = level
        self._placed: dict[Path, Path] = {}

    @contextlib.contextmanager
    def writing(self, path: Path) -> Iterator[Path]:
        """Give a temporary path, with the suffix of `path`; it gets its name at the end.

        Raises:
            InputError: it cannot be written.
        """
        with self.draft(path) as draft:
            yield draft.path
            self.place(path, draft.place_through)

    def draft(self, path: Path) -> Draft:
        """Return a draft of a file."""
        name, replace = next(self._names(path))
        return Draft(followed(name) if replace else name)

    def place(self, path: Path, place: Callable[[Path, bool], None]) -> Path:
        """Have a finished file get the first name that is free for it; return that.

        Args:
            place: gives it a name, which it may replace or not; raises `Taken`.
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
        """Return where a file lies that was written: `path`, or its other name."""
        return self._placed.get(path, path)

    def _names(self, path: Path) -> Iterator[tuple[Path, bool]]:
        """Yield the names that a file may get, the best first, and whether each may be replaced."""
        if path in self._placed:
            yield self._placed[path], True
        else:
            yield path, self._may_replace(path)
        for name in numbered(path):
            yield name, False


def numbered(path: Path) -> Iterator[Path]:
    """Yield other names for a file that is there: `night-2.png`, `night-3.png`, ..."""
    for number in itertools.count(2):
        yield path.with_name(f"{truncate(path.stem, _STEM_BYTES)}-{number}{path.suffix}")
