"""The lines of `stylekit weights list FOLDER`: networks that people trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stylekit.errors import InputError
from stylekit.files.paths import looks_like_path
from stylekit.records.trained import SUFFIXES, TrainedNetwork, trained_in
from stylekit.text import printable
from stylekit_plugins.inspection.layout import wrap

AS_RECORDED, CHANGED, UNRECORDED = "as recorded", "changed since", "no record"


def is_place(text: str) -> bool:
    """Return whether a text names a file or a folder, not weights or a network."""
    return looks_like_path(text) or text in (".", "..")


def trained_rows(place: Path) -> list[dict[str, Any]]:
    """Return the facts of a network file, or of each in a folder, ordered by path.

    Raises:
        InputError: there is none.
    """
    found = trained_in(place)
    if not found:
        raise InputError(
            f"{place} contains no networks ({', '.join(SUFFIXES)}).",
            "`stylekit train --method fast --style PAINTING --out FOLDER` trains one.",
        )
    return [_facts(network) for network in found]


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


def _facts(network: TrainedNetwork) -> dict[str, Any]:
    state = UNRECORDED
    if network.method is not None:
        state = AS_RECORDED if network.is_as_recorded() else CHANGED
    return {
        "path": str(network.path),
        "size_mb": round(network.path.stat().st_size / 1e6, 1),
        "state": state,
        "method": network.method,
        "styles": list(network.styles),
        "sheet": None if network.sheet is None else str(network.sheet),
    }
