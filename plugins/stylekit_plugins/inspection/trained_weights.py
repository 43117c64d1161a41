"""Networks that people trained: what lies in a folder, by the records beside the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stylekit.errors import InputError
from stylekit.files.paths import exists, is_file, looks_like_path
from stylekit.files.tables import read_json
from stylekit.records.digests import digest_of_file
from stylekit.records.record import record_path
from stylekit.text import printable
from stylekit_plugins.inspection.layout import wrap

SUFFIXES = (".safetensors", ".pth", ".pt")

AS_RECORDED, CHANGED, UNRECORDED = "as recorded", "changed since", "no record"

_LEVELS = 3
"""Folders below the named one whose files are listed: each training has a `best` folder."""


def is_place(text: str) -> bool:
    """Return whether a text names a file or a folder, not weights or a network."""
    return looks_like_path(text) or text in (".", "..")


def trained_in(place: Path) -> list[dict[str, Any]]:
    """Return the facts of a network file, or of each in a folder, ordered by path.

    Raises:
        InputError: there is none.
    """
    if is_file(place):
        return [_facts(place)]
    if not place.is_dir():
        raise InputError(f"{place} does not exist.", "Name a network file, or a folder of some.")
    found = sorted(path for path in _files(place, _LEVELS) if path.suffix.lower() in SUFFIXES)
    if not found:
        raise InputError(
            f"{place} contains no networks ({', '.join(SUFFIXES)}).",
            "`stylekit train --method fast --style PAINTING --out FOLDER` trains one.",
        )
    return [_facts(path) for path in found]


def trained_lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield for each network its path, and below it what made it."""
    for row in rows:
        yield f"{printable(row['path'])}  {row['size_mb']:g} MB"
        if row["state"] == UNRECORDED:
            yield wrap("No record beside it says what made it.", 4)
            continue
        made = f"Trained for {row['method']}"
        if row["styles"]:
            made += f" on {', '.join(row['styles'])}"
        yield wrap(f"{printable(made)}.", 4)
        if row["state"] == CHANGED:
            yield wrap("The file is not the one that its record describes.", 4)
        if row["sheet"]:
            yield wrap(f"Sheet: {printable(row['sheet'])}", 4)


def _files(folder: Path, levels: int) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if levels > 0 and not path.is_symlink():
                yield from _files(path, levels - 1)
        else:
            yield path


def _facts(path: Path) -> dict[str, Any]:
    record = _record(path)
    config, artifact = (
        value if isinstance(value, dict) else {}
        for value in (record.get("config"), record.get("artifact"))
    )
    styles = config.get("style")
    state = UNRECORDED
    if artifact.get("file") == path.name and "method" in config:
        state = AS_RECORDED if artifact.get("sha256") == digest_of_file(path) else CHANGED
    return {
        "path": str(path),
        "size_mb": round(path.stat().st_size / 1e6, 1),
        "state": state,
        "method": None if state == UNRECORDED else str(config["method"]),
        "styles": [str(style) for style in styles] if isinstance(styles, list) else [],
        "sheet": _sheet(path),
    }


def _record(path: Path) -> dict[str, Any]:
    """Return the record beside a file as it is; empty if there is none."""
    beside = record_path(path)
    if not exists(beside):
        return {}
    try:
        loaded = read_json(beside)
    except InputError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _sheet(path: Path) -> str | None:
    """Return the latest sheet of the training that wrote a file."""
    for folder in (path.parent, path.parent.parent):
        sheets = sorted((folder / "samples").glob("*.png"))
        if sheets:
            return str(sheets[-1])
        if path.parent.name != "best":
            break
    return None
