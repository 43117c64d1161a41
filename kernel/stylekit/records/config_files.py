"""Reads a config file, or the configuration in a run record: untrusted data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel

from stylekit.files.paths import exists
from stylekit.files.tables import read_toml
from stylekit.inputs.config_paths import NamedPath, map_paths, placed
from stylekit.records.inputs import RecordedInputs
from stylekit.records.record import is_record, read_record
from stylekit.records.trust import refuse_user_only
from stylekit.registry.catalogue import Catalogue
from stylekit.runs.config import RunConfig


def read_config(
    path: Path,
    catalogue: Catalogue,
    model: type[BaseModel] = RunConfig,
    trusted: bool = False,
) -> dict[str, Any]:
    """Read a TOML config file, or the configuration in a run record (`.json`).

    Relative paths are relative to the folder of the file. Inputs of a record that have moved are
    taken from beside the record if their SHA-256 is the recorded one.

    Args:
        catalogue: the components whose tables the file may have.
        model: has a field for each key of the command.
        trusted: a TOML file may set keys that only the user may set; a record never may.

    Raises:
        InputError: the file is missing, no regular file, too large or malformed.
        UsageError: it sets a key that only the user may set.
    """
    folder = path.parent
    if is_record(path):
        record = read_record(path)
        refuse_user_only(record.config, model, catalogue, path, is_record=True)
        inputs = RecordedInputs(record, folder)
        return map_paths(record.config, model, catalogue, inputs.place, folder)
    layer = read_toml(path)
    if not trusted:
        refuse_user_only(layer, model, catalogue, path, is_record=False)

    def beside(named: NamedPath) -> str | None:
        place = placed(named.text, folder)
        return str(place) if exists(place) else None

    return map_paths(layer, model, catalogue, beside, folder)
