"""Locates the inputs of a run record: at their recorded paths, or beside the record by SHA-256."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stylekit.errors import InputError
from stylekit.files.paths import exists, looks_like_path
from stylekit.inputs.config_paths import NamedPath, placed
from stylekit.inputs.syntax import split_scheme
from stylekit.records.digests import digest_of_file, digest_of_files
from stylekit.records.record import RecordedInput, RunRecord

if TYPE_CHECKING:
    from stylekit.inputs.sources import Sources


class RecordedInputs:
    """The files that a record names.

    Args:
        folder: the folder of the record.
    """

    def __init__(self, record: RunRecord, folder: Path) -> None:
        self._folder = folder
        self._record = record
        self._located: dict[str, Path | None] = {}
        self._digests = {
            self._path_of(entry): entry.sha256
            for entries in record.inputs.values()
            for entry in entries
            if entry.sha256 is not None
        }
        weights = record.config.get("weights")
        for text in weights if isinstance(weights, list) else ():
            network, _, what = str(text).partition("=")
            if network in record.weights:
                self._digests[what.partition("#")[0]] = record.weights[network].sha256

    def place(self, named: NamedPath) -> str | None:
        """Return the location of a path in the record's configuration; None: it is not a path."""
        digest = self._digests.get(named.text)
        place = placed(named.text, self._folder)
        if digest is None:
            # `portable` writes every path in a form that looks like one.
            return str(place) if looks_like_path(named.text) and exists(place) else None
        return str(self._beside(named.text, digest) or place)

    def changes(self, sources: Sources) -> list[str]:
        """Describe, one line each, the inputs that have changed or were found elsewhere.

        Args:
            sources: lists the files of a source.
        """
        lines = []
        for role, entries in self._record.inputs.items():
            for entry in entries:
                if entry.sha256 is None:
                    continue
                text = self._path_of(entry)
                place, moved = placed(text, self._folder), self._beside(text, entry.sha256)
                if moved is not None:
                    lines.append(f"The {role} {text} is now {moved}, by its SHA-256.")
                elif _digest(sources, entry.source.removesuffix(text) + str(place)) not in (
                    *(entry.sha256, None),
                ):
                    lines.append(f"The {role} {place} has changed since the record.")
        return lines

    def _path_of(self, entry: RecordedInput) -> str:
        """Leave out the scheme of an input."""
        scheme, rest = split_scheme(entry.source)
        return rest if scheme and not exists(self._folder / entry.source) else entry.source

    def _beside(self, text: str, digest: str) -> Path | None:
        """Return the file beside the record with the digest of an input that has moved, if any."""
        if exists(placed(text, self._folder)):
            return None
        if text not in self._located:
            self._located[text] = self._search(Path(text), digest)
        return self._located[text]

    def _search(self, before: Path, digest: str) -> Path | None:
        try:
            files = [each for each in sorted(self._folder.iterdir()) if each.is_file()]
        except OSError:
            return None
        # The file of the same name first, then files with the same suffix.
        files.sort(key=lambda file: file.name != before.name)
        for file in files:
            if file.suffix.lower() == before.suffix.lower() and _has(file, digest):
                return file
        return None


def _digest(sources: Sources, source: str) -> str | None:
    """Hash the files of a source; None: it has no files, or they cannot be read."""
    try:
        files = sources.files(source)
        return digest_of_files(files) if files else None
    except InputError:
        return None


def _has(file: Path, digest: str) -> bool:
    try:
        return digest_of_file(file) == digest
    except InputError:
        return False
