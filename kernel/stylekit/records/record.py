"""The run record: the inputs, settings and versions of a result, which rerun it."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stylekit.errors import InputError
from stylekit.events import Artifact
from stylekit.files.atomic import check_free, sha256_of
from stylekit.files.draft import Draft, Taken, followed
from stylekit.files.json_text import json_text
from stylekit.files.ownership import OwnFiles
from stylekit.files.paths import exists
from stylekit.files.tables import read_json
from stylekit.inputs.config_paths import NamedPath, map_paths, portable
from stylekit.params import FileText
from stylekit.records.digests import digest_of_file
from stylekit.records.trust import without_user_only
from stylekit.registry.catalogue import Catalogue, load_object
from stylekit.runs.config import RunConfig
from stylekit.runs.plan import ConfiguredComponent, Plan
from stylekit.version import __version__
from stylekit.weights.advice import credits_of
from stylekit.weights.manager import Choice

SCHEMA = 1
SUFFIX = ".stylekit.json"

Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class RecordedInput(BaseModel):
    """A file or folder that was an input of a result."""

    source: FileText
    sha256: Digest | None = None


class RecordedComponent(BaseModel):
    """A component of the run."""

    kind: str
    id: str
    version: int


class RecordedWeights(BaseModel):
    """The weights of a network."""

    name: str
    sha256: Digest


class RecordedArtifact(BaseModel):
    """The result beside the record, by its file name."""

    file: FileText
    sha256: Digest


class RunRecord(BaseModel):
    """A run record as it is read; unknown keys of the file are ignored."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    version: int = Field(SCHEMA, alias="schema")
    config: dict[str, Any]
    inputs: dict[str, tuple[RecordedInput, ...]] = {}
    components: tuple[RecordedComponent, ...] = ()
    weights: dict[str, RecordedWeights] = {}
    device: str = ""
    convolutions: str = ""
    environment: dict[str, str] = {}
    size: tuple[int, int] | None = None
    frames: int | None = None
    steps: int = 0
    losses: dict[str, float | None] = {}
    seconds: dict[str, float] = {}
    interrupted: bool = False
    fingerprint: str = ""
    provenance: dict[str, Any] = {}
    artifact: RecordedArtifact | None = None


def record_path(artifact: Path) -> Path:
    """Return where the record of an artifact lies: `night.stylekit.json` beside `night.png`."""
    return artifact.with_name(artifact.stem + SUFFIX)


def is_artifact(path: Path) -> bool:
    """Return whether a file is, byte for byte, the artifact that the record beside it describes."""
    record = record_path(path)
    if not exists(record):
        return False
    try:
        artifact = read_json(record)["artifact"]
        return bool(artifact["file"] == path.name and artifact["sha256"] == digest_of_file(path))
    except (InputError, LookupError, TypeError):
        return False


def describe_plan(plan: Plan, weights: Mapping[str, Choice], device: str) -> dict[str, Any]:
    """Return the part of a record that all results of a run share."""
    config = without_user_only(plan.resolved(), RunConfig, plan.catalogue)
    if weights:
        # Pinned, so that a rerun takes the same weights, whatever `auto` would select then.
        config["weights"] = [f"{network}={choice.reference}" for network, choice in weights.items()]
    return {
        "schema": SCHEMA,
        "stylekit": __version__,
        "config": config,
        "components": [
            *(part.component.describe_version() for part in plan.components),
            *(choice.component.describe_version() for choice in weights.values()),
        ],
        "weights": {
            network: {
                "name": choice.component.id,
                "origin": choice.origin,
                "source": choice.source,
                "file": choice.path.name,
                "sha256": choice.sha256,
                **credits_of(choice.component.spec),
            }
            for network, choice in weights.items()
        },
        "device": device,
        "convolutions": convolutions(plan.components, device),
        "environment": environment(),
    }


def convolutions(parts: Iterable[ConfiguredComponent], device: str) -> str:
    """Return the algorithm that some of a run's float32 convolutions may use: winograd or direct.

    Components whose class has an attribute `has_winograd` that is true, such as the built-in VGG
    backbones, use Winograd's where it is faster, unless their precision excludes it.

    Args:
        parts: the components that take part.
        device: as `devices.describe` names it.
    """
    # Imported late: reading a record needs no torch.
    import torch

    from stylekit.machine.precision import prefers_winograd

    kind = device.split()[0].split(":")[0]
    shortcut = any(map(_has_winograd, parts)) and prefers_winograd(torch.device(kind))
    return "winograd" if shortcut else "direct"


def _has_winograd(part: ConfiguredComponent) -> bool:
    has = getattr(load_object(part.spec.factory, part.component), "has_winograd", False)
    return bool(has) and getattr(part.params, "precision", "auto") in ("auto", "float32")


@cache
def environment() -> Mapping[str, str]:
    """Return the versions that can change a result; looked up once, as that takes milliseconds."""
    versions = {"python": platform.python_version(), "platform": platform.platform()}
    for name in ("torch", "torchvision", "numpy", "pillow"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "absent"
    return versions


def is_record(path: Path) -> bool:
    """Return whether a file is a run record and not a config file, by its suffix."""
    return path.suffix.lower() == ".json"


def read_record(path: Path) -> RunRecord:
    """Read a run record, which may be untrusted.

    Raises:
        InputError: the file cannot be read, or is not a record.
    """
    try:
        record = RunRecord.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path} is not a run record: {where}: {first['msg']}.") from None
    if record.version != SCHEMA:
        raise InputError(
            f"{path} is a run record of version {record.version}, but this stylekit reads version "
            f"{SCHEMA}."
        )
    return record


def portable_config(
    config: Mapping[str, Any], model: type[BaseModel], catalogue: Catalogue, folder: Path | None
) -> dict[str, Any]:
    """Rewrite the paths of a configuration for a record.

    Args:
        model: has a field for each key of the command.
        folder: the folder of the record, which paths are relative to if possible; None: paths are
            absolute.
    """

    def change(named: NamedPath) -> str | None:
        return portable(Path(named.text), folder) if exists(named.text) else None

    return map_paths(config, model, catalogue, change)


def portable_inputs(
    inputs: Mapping[str, Sequence[Mapping[str, Any]]],
    model: type[BaseModel],
    catalogue: Catalogue,
    folder: Path | None,
) -> dict[str, list[dict[str, Any]]]:
    """Rewrite the sources of a record's inputs, by run key; arguments as for `portable_config`."""
    sources = {key: [entry["source"] for entry in entries] for key, entries in inputs.items()}
    written = portable_config(sources, model, catalogue, folder)
    return {
        key: [
            {**entry, "source": source} for entry, source in zip(entries, written[key], strict=True)
        ]
        for key, entries in inputs.items()
    }


def other_artifact(artifact: Path) -> Path | None:
    """Return the existing artifact that already uses the record path of `artifact`, if any."""
    path = record_path(artifact)
    if not exists(path):
        return None
    try:
        other = path.with_name(Path(read_json(path)["artifact"]["file"]).name)
        if other.exists() and not (artifact.exists() and other.samefile(artifact)):
            return other
    except (InputError, OSError, ValueError, LookupError, TypeError):
        pass
    return None


def check_artifact(artifact: Path, overwrite: bool) -> None:
    """Check that an artifact and its record would replace nothing that they must not.

    Args:
        overwrite: files may be replaced, but not the record of another artifact.

    Raises:
        InputError: the artifact or its record would replace a file.
    """
    record = record_path(artifact)
    check_free(artifact, overwrite)
    check_free(record, overwrite)
    other = other_artifact(artifact)
    if other is not None:
        raise InputError(
            f"Cannot write {artifact}: its record would replace {record}, which belongs to "
            f"{other}.",
            "Choose another --out.",
        )


def publish(draft: Draft, path: Path, details: dict[str, Any], own: OwnFiles) -> Artifact:
    """Rename a finished artifact and its record together to their final names.

    The record comes first: --resume does not replace an artifact without one, as it might be
    someone else's file.

    Args:
        draft: the artifact, from `own`.
        details: the record, without the artifact's name and digest.
    """
    digest = sha256_of(draft.path)

    def place(name: Path, replace: bool) -> None:
        record_file = record_path(name)
        # It may be the record of night.jpg, while this is night.png.
        replaced = replace and other_artifact(name) is None
        artifact = {"file": name.name, "sha256": digest}
        with Draft(record_file, like=followed(name)) as record:
            text = json_text({**details, "artifact": artifact}, indent=2)
            record.path.write_text(text + "\n", encoding="utf-8")
            record.place(record_file, replaced)
        try:
            draft.place_through(name, replace)
        except Taken:
            record_file.unlink(missing_ok=True)
            raise
        details["artifact"] = artifact

    placed = own.place(path, place)
    return Artifact(placed, record_path(placed), digest)
