"""Writing what an evaluation found: it replaces its own earlier report, and nothing else."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from stylekit.errors import InputError, PluginError
from stylekit.evaluation.report import Report
from stylekit.files.atomic import atomic_write, check_free, sha256_of
from stylekit.files.json_text import json_text
from stylekit.files.ownership import OwnFiles
from stylekit.files.tables import read_json
from stylekit.images.frames import Frame
from stylekit.machine.interrupts import saving
from stylekit.records.record import SCHEMA, record_path

REPORT = "report.json"

Digests = Mapping[str, Sequence[str]]
"""What may be in each file of a report for it to be of the evaluation, by the file's name."""


def refuse_other_report(folder: Path, digest: str, overwrite: bool) -> None:
    """Refuse a folder with a report that is not of this evaluation, or that was edited.

    Args:
        digest: of the evaluation; the same one may report again.

    Raises:
        InputError: there is one, and it may not be replaced.
    """
    path = folder / REPORT
    check_free(path, overwrite or _is_own(path, _written(folder, digest)))


def write_report(
    report: Report,
    folder: Path,
    digest: str = "",
    overwrite: bool = False,
) -> list[Path]:
    """Write `report.json` and the files of a report, each complete or not at all.

    A record beside them says what was in each, so that one that a user has edited is not replaced;
    the new file gets another name then.

    Raises:
        InputError: the folder cannot be written to.
        PluginError: a file's name would leave the folder.
    """
    text = json_text(report.to_json(), indent=1)
    files = {REPORT: text + "\n", **report.files}
    contents = {name: _bytes(name, content) for name, content in files.items()}
    new = {name: [hashlib.sha256(content).hexdigest()] for name, content in contents.items()}
    old = _written(folder, digest)
    own = OwnFiles(lambda path: overwrite or _is_own(path, old))
    with saving():
        # Of both, so that an evaluation that is killed between two files can be repeated.
        _note(folder, digest, {name: [*old.get(name, ()), *new[name]] for name in new})
        for name, content in contents.items():
            with own.writing(folder / name) as temporary:
                temporary.write_bytes(content)
        _note(folder, digest, new)
    return [own.where(folder / name) for name in contents]


def _is_own(path: Path, written: Digests) -> bool:
    return path.is_file() and sha256_of(path) in written.get(path.name, ())


def _written(folder: Path, digest: str) -> Digests:
    """Read what an earlier report of the same evaluation wrote: nothing if there is none."""
    try:
        noted = read_json(record_path(folder / REPORT))
        return dict(noted["files"]) if noted["fingerprint"] == digest else {}
    except (InputError, ValueError, LookupError, TypeError):
        return {}


def _note(folder: Path, digest: str, files: Digests) -> None:
    noted = {"schema": SCHEMA, "fingerprint": digest, "files": files}
    with atomic_write(record_path(folder / REPORT)) as temporary:
        temporary.write_text(json.dumps(noted, indent=1) + "\n", encoding="utf-8")


def _bytes(name: str, content: str | Frame) -> bytes:
    if Path(name).name != name:
        raise PluginError(f"A report has a file '{name}', which is no plain file name.")
    if isinstance(content, str):
        # A name in it may be of bytes that are not UTF-8.
        return content.encode("utf-8", "backslashreplace")
    file = io.BytesIO()
    content.to_pil().save(file, "PNG")
    return file.getvalue()
