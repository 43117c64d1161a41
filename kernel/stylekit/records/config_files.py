"""Reads a config file or the configuration inside a run record: data, possibly someone else's."""

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
    """Read a TOML config file, or the configuration inside a run record (`.json`).

    Relative paths in it are relative to its folder. Inputs that a record does not find there are
    taken from beside it if their SHA-256 is the recorded one.

    Args:
        catalogue: the components that its tables may be of.
        model: has a field for each key of the command.
        trusted: the user vouches for a TOML file: it may say what only the user may say. A record
            never may.

    Raises:
        InputError: the file is missing, no regular file, too large or malformed.
        UsageError: it says what only the user may say.
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
