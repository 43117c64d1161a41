"""Networks that people trained: what lies in a folder, by the records beside the files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylekit.errors import InputError
from stylekit.files.paths import is_file
from stylekit.files.tables import read_json
from stylekit.records.digests import digest_of_file
from stylekit.records.record import record_path

SUFFIXES = (".safetensors", ".pth", ".pt")

BEST = "best"
"""Folder inside that of a training for its best network."""

SAMPLES = "samples"
"""Folder inside that of a training for its sheets."""

_LEVELS = 3
"""Folders below the named one whose files are listed: each training has a `best` folder."""


@dataclass(frozen=True)
class TrainedNetwork:
    """The file of a network, and what the record beside it says.

    Attributes:
        method: full id of the method that it was trained for; None: no record describes it.
        styles: the paintings that it learned, as the record names them.
        sha256: of the file as recorded.
        sheet: the latest sheet of its training; None: there is none.
    """

    path: Path
    method: str | None
    styles: tuple[str, ...]
    sha256: str | None
    sheet: Path | None

    @property
    def is_best(self) -> bool:
        """Whether it lies in the folder of a training's best network."""
        return self.path.parent.name == BEST

    def is_as_recorded(self) -> bool:
        """Return whether the file is the one that its record describes; this reads it.

        Raises:
            InputError: it cannot be read.
        """
        return self.method is not None and self.sha256 == digest_of_file(self.path)


def trained_in(place: Path) -> list[TrainedNetwork]:
    """Return the network of a file, or those in a folder, ordered by path.

    Folders that cannot be read are skipped.

    Raises:
        InputError: the place does not exist.
    """
    if is_file(place):
        return [_described(place)]
    if not place.is_dir():
        raise InputError(f"{place} does not exist.", "Name a network file, or a folder of some.")
    found = sorted(path for path in _files(place, _LEVELS) if path.suffix.lower() in SUFFIXES)
    return [_described(path) for path in found]


def _files(folder: Path, levels: int) -> Iterator[Path]:
    try:
        paths = list(folder.iterdir())
    except PermissionError:
        return
    for path in paths:
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if levels > 0 and not path.is_symlink():
                yield from _files(path, levels - 1)
        elif is_file(path):
            yield path


def _described(path: Path) -> TrainedNetwork:
    record = _record(path)
    config, artifact = (
        value if isinstance(value, dict) else {}
        for value in (record.get("config"), record.get("artifact"))
    )
    styles, sha256 = config.get("style"), artifact.get("sha256")
    is_described = artifact.get("file") == path.name and "method" in config
    return TrainedNetwork(
        path,
        str(config["method"]) if is_described else None,
        tuple(str(style) for style in styles) if isinstance(styles, list) else (),
        str(sha256) if is_described else None,
        _sheet(path),
    )


def _record(path: Path) -> dict[str, Any]:
    """Return the record beside a file as it is; empty if there is none."""
    beside = record_path(path)
    # Reading a named pipe would block.
    if not is_file(beside):
        return {}
    try:
        loaded = read_json(beside)
    except InputError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _sheet(path: Path) -> Path | None:
    """Return the latest sheet of the training that wrote a file."""
    for folder in (path.parent, path.parent.parent):
        sheets = sorted((folder / SAMPLES).glob("*.png"))
        if sheets:
            return sheets[-1]
        if path.parent.name != BEST:
            break
    return None
