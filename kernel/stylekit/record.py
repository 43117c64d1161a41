"""The run record: what was made, of what, with which numbers, so that it can be made again."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from stylekit.atomic import replacing, sha256_of
from stylekit.config import map_paths
from stylekit.events import Artifact
from stylekit.plan import Plan
from stylekit.source_names import exists, parse_style, path_in
from stylekit.version import __version__
from stylekit.weights import Choice

SCHEMA = 1
SUFFIX = ".stylekit.json"


def record_path(artifact: Path) -> Path:
    """Return where the record of an artifact lies: `night.stylekit.json` beside `night.png`."""
    return artifact.with_name(artifact.stem + SUFFIX)


def describe_plan(plan: Plan, weights: Mapping[str, Choice], device: str) -> dict[str, Any]:
    """Return the part of a record that is the same for every picture of a run."""
    config = plan.resolved()
    if weights:
        # Pinned, so that a rerun takes these and not what `auto` would find that day.
        config["weights"] = [
            f"{network}={choice.path.resolve() if given else choice.component.id}"
            for network, choice in weights.items()
            for given in (choice.how == "given file",)
        ]
    return {
        "schema": SCHEMA,
        "stylekit": __version__,
        "config": config,
        "components": [
            *(part.component.describe_version() for part in plan.parts),
            *(choice.component.describe_version() for choice in weights.values()),
        ],
        "weights": {
            network: {
                "name": choice.component.id,
                "how": choice.how,
                "file": choice.path.name,
                "sha256": choice.sha256,
                "licence": choice.component.spec.licence,
            }
            for network, choice in weights.items()
        },
        "device": device,
        "environment": environment(),
    }


def environment() -> dict[str, str]:
    """Return the versions that can change a result."""
    versions = {"python": platform.python_version(), "platform": platform.platform()}
    for name in ("torch", "torchvision", "numpy", "pillow"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "absent"
    return versions


def describe_inputs(sources: Iterable[str]) -> list[dict[str, str]]:
    """Return each source, files with their SHA-256."""
    described = []
    for source in sources:
        path = Path(path_in(source))
        entry = {"source": source}
        if path.is_file():
            entry["sha256"] = sha256_of(path)
        described.append(entry)
    return described


def read_record(path: Path) -> dict[str, Any]:
    """Return the record in a file, or nothing if the file is a configuration."""
    if path.suffix != ".json":
        return {}
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


def changes_since(record: Mapping[str, Any], plan: Plan) -> list[str]:
    """Return, a line each, why a rerun of a record may not give the same picture."""
    lines = []
    for role, entries in record.get("inputs", {}).items():
        for entry in entries:
            source = parse_style(entry["source"]).source
            if "sha256" in entry and exists(source) and sha256_of(Path(source)) != entry["sha256"]:
                lines.append(f"The {role} {source} has changed since the record.")
    versions = {(part.spec.kind, part.component.id): part.spec.version for part in plan.parts}
    for entry in record.get("components", ()):
        now = versions.get((entry["kind"], entry["id"]), entry["version"])
        if now != entry["version"]:
            lines.append(
                f"The {entry['kind']} {entry['id']} has version {now}; the record was made with "
                f"version {entry['version']}."
            )
    for name, then in record.get("environment", {}).items():
        now = environment().get(name, then)
        if now != then and name != "platform":
            lines.append(f"{name} is {now}; the record was made with {then}.")
    return lines


def with_absolute_paths(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration whose files do not depend on the working folder."""
    return map_paths(config, lambda path: str(path.resolve()))


def add_record(path: Path, details: dict[str, Any]) -> Artifact:
    """Write the record of an artifact that has just been written, whose name and digest it gets."""
    artifact = Artifact(path, record_path(path), sha256_of(path))
    details["artifact"] = {"file": path.name, "sha256": artifact.sha256}
    write_record(artifact.record, details)
    return artifact


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write a record, complete or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(
            json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n",
            encoding="utf-8",
        )
