"""What an earlier run has left where a result goes: it, or what it was to be made of."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import torch

from stylekit.errors import InputError
from stylekit.files.atomic import file_exists_error, sha256_of
from stylekit.files.draft import remove_leftovers
from stylekit.files.tables import read_json
from stylekit.records.checkpoint import Checkpoint
from stylekit.records.provenance import Provenance
from stylekit.records.record import read_record, record_path
from stylekit_plugins.execution.frame_store import FrameStore, frames_path, free_path, kept_path


def finished(target: Path, provenance: Provenance) -> dict[str, Any] | None:
    """Return the record of a result that is done; None if it is not.

    Raises:
        InputError: there is a result of another run.
    """
    path = record_path(target)
    if not target.exists() and not path.exists():
        return None
    try:
        earlier = read_record(path)
    except InputError:
        raise file_exists_error(target) from None
    if earlier.fingerprint != provenance.digest:
        error = file_exists_error(target)
        why = provenance.differences(earlier.provenance)
        error.message += f" It is of another run: {why}."
        raise error
    if earlier.interrupted or not target.exists():
        return None
    if earlier.artifact is None or sha256_of(target) != earlier.artifact.sha256:
        raise file_exists_error(target)
    return read_json(path)


def kept_frames(target: Path) -> int:
    """Return how many frames an earlier run has kept beside a clip, as its record says."""
    try:
        earlier = read_json(record_path(target))
        is_its = earlier["artifact"]["file"] == target.name
        return int(earlier["kept_frames"]) if is_its else 0
    except (InputError, ValueError, LookupError, TypeError):
        return 0


def tidy(target: Path, provenance: Provenance, keep_frames: bool) -> None:
    """Remove what a run has left that was killed when its result was there already."""
    for path in (target, record_path(target)):
        remove_leftovers(path)
    # What is of another run, or damaged, is left alone.
    with contextlib.suppress(InputError):
        checkpoint = Checkpoint(target, provenance, 0)
        if checkpoint.load(torch.device("cpu")) is not None:
            checkpoint.discard()
    with contextlib.suppress(InputError):
        if frames_path(target).exists():
            FrameStore(target, provenance, resume=True).finish(
                free_path(kept_path(target)) if keep_frames else None
            )
