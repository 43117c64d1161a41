"""What a record says of the files that a picture was made of, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stylekit.atomic import sha256_of
from stylekit.plan import Plan
from stylekit.record import environment
from stylekit.source_names import exists, parse_style, path_in


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
