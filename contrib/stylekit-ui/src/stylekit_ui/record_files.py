"""Reads an uploaded run record, and finds its inputs among the files that the page may open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylekit.errors import InputError, UsageError
from stylekit.files.paths import looks_like_path
from stylekit.inputs.config_paths import NamedPath, map_paths, placed
from stylekit.inputs.syntax import split_scheme
from stylekit.records.digests import digest_of_file
from stylekit.records.record import RunRecord, is_record, read_record
from stylekit.records.trust import refuse_user_only
from stylekit.registry.catalogue import Catalogue
from stylekit.runs.config import RunConfig
from stylekit_ui.storage import INPUTS, Storage

DIGITS = 8
"""Digits of a SHA-256 that a message shows."""


@dataclass(frozen=True)
class MissingInput:
    """An input of a record that is in no folder of the page.

    Attributes:
        key: the run key that names it, such as `content`.
        name: its file name.
        digest: its SHA-256, if recorded.
    """

    key: str
    name: str
    digest: str | None


@dataclass(frozen=True)
class UploadedRecord:
    """The settings in a run record.

    Attributes:
        config: the configuration, with the current paths of its inputs.
    """

    name: str
    config: dict[str, Any]
    missing: Sequence[MissingInput]


def read_uploaded(paths: Sequence[Path], catalogue: Catalogue, storage: Storage) -> UploadedRecord:
    """Read the run record among uploaded files; the others may be its inputs.

    A record is untrusted: it may hold only what a record holds, and an input is taken by its
    SHA-256 from the uploads and the folder of results, never from elsewhere.

    Raises:
        StylekitError: there is not one record, or it is invalid.
    """
    records = [path for path in paths if is_record(path)]
    if len(records) != 1:
        found = f"{len(records)} of the files end in .json" if records else "there is none"
        raise UsageError(
            f"One run record is needed, and {found}.",
            "It lies beside each result and is called NAME.stylekit.json.",
        )
    (path,) = records
    try:
        record = read_record(path)
        refuse_user_only(record.config, RunConfig, catalogue, path, is_record=True)
    except (InputError, UsageError) as error:
        raise type(error)(error.message.replace(str(path), path.name), error.hint) from None
    finder = _Finder(record, [each for each in paths if each != path], storage)
    config = map_paths(record.config, RunConfig, catalogue, finder.place, storage.folder)
    return UploadedRecord(path.name, config, finder.missing)


class _Finder:
    """Finds the inputs of a record."""

    def __init__(self, record: RunRecord, uploads: Sequence[Path], storage: Storage) -> None:
        self.missing: list[MissingInput] = []
        self._uploads = uploads
        self._storage = storage
        self._digests: dict[str, str] = {}
        for entry in (entry for entries in record.inputs.values() for entry in entries):
            if entry.sha256 is not None:
                for text in (entry.source, split_scheme(entry.source)[1]):
                    self._digests[text] = entry.sha256

    def place(self, named: NamedPath) -> str | None:
        """Return the location of an input; None: it is no path. Missing ones are noted."""
        digest = self._digests.get(named.text)
        if digest is None and not looks_like_path(named.text):
            return None
        recorded = placed(named.text, self._storage.folder)
        for file in (recorded, *self._candidates(recorded)):
            inside = self._storage.contains(str(file)) and file.exists()
            if inside and (digest is None or _has(file, digest)):
                return str(file)
            if digest is None:
                # Only its place says what it is.
                break
        self.missing.append(MissingInput(named.key, Path(named.text).name, digest))
        return str(recorded)

    def _candidates(self, recorded: Path) -> Iterator[Path]:
        for folder in (self._storage.folder / INPUTS, self._storage.folder):
            if folder.is_dir():
                files = (file for file in sorted(folder.iterdir()) if file.is_file())
                yield from (each for each in files if each.suffix == recorded.suffix.lower())
        yield from self._uploads


def _has(file: Path, digest: str) -> bool:
    try:
        return file.is_file() and digest_of_file(file) == digest
    except InputError:
        return False


def missing_message(record: UploadedRecord) -> tuple[str, str]:
    """Return the message about missing inputs, and the hint."""
    texts = [
        f"the {each.key or 'file'} {each.name}"
        + (f" (SHA-256 {each.digest[:DIGITS]}…)" if each.digest else "")
        for each in record.missing
    ]
    are = "is" if len(texts) == 1 else "are"
    return (
        f"{record.name} is read, but {', '.join(texts)} {are} not in the results folder.",
        "Drop the missing files beside the record: the page recognizes them by their content. "
        "Another image as content or style works, too, with another result.",
    )
