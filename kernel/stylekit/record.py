"""The run record: what was made, of what, with which numbers, so that it can be made again."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from stylekit.atomic import replacing, sha256_of
from stylekit.config import RunConfig, map_paths
from stylekit.config_files import is_record, read_json
from stylekit.events import Artifact
from stylekit.plan import Plan
from stylekit.trust import without_user_only
from stylekit.version import __version__
from stylekit.weights import Choice

SCHEMA = 1
SUFFIX = ".stylekit.json"


def record_path(artifact: Path) -> Path:
    """Return where the record of an artifact lies: `night.stylekit.json` beside `night.png`."""
    return artifact.with_name(artifact.stem + SUFFIX)


def describe_plan(plan: Plan, weights: Mapping[str, Choice], device: str) -> dict[str, Any]:
    """Return the part of a record that is the same for every picture of a run."""
    config = without_user_only(plan.resolved(), RunConfig, plan.catalogue)
    if weights:
        # Pinned, so that a rerun takes these and not what `auto` would find that day.
        config["weights"] = [f"{network}={choice.reference}" for network, choice in weights.items()]
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


def read_record(path: Path) -> dict[str, Any]:
    """Return the record in a file, or nothing if the file is a configuration."""
    return read_json(path) if is_record(path) else {}


def with_absolute_paths(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration whose files do not depend on the working folder."""
    return map_paths(config, lambda path: str(path.resolve()))


def add_record(path: Path, details: dict[str, Any], written: Path | None = None) -> Artifact:
    """Write the record of an artifact, whose name and digest it gets.

    Args:
        written: where the artifact lies so far; None: at its own path.
    """
    artifact = Artifact(path, record_path(path), sha256_of(written or path))
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
