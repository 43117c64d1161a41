"""What a result is made of: for its record, for --resume, and what has changed since a record."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from stylekit.errors import InputError
from stylekit.images.frames import Frame
from stylekit.inputs.regions import Regions
from stylekit.inputs.sources import Sources
from stylekit.inputs.syntax import parse_region, path_in
from stylekit.records.digests import digest_of_frame
from stylekit.records.inputs import RecordedInputs
from stylekit.records.provenance import Inputs, Provenance, versions_of
from stylekit.records.record import RunRecord, convolutions, environment
from stylekit.runs.config import RunConfig
from stylekit.runs.executor import Task
from stylekit.runs.plan import Plan
from stylekit.weights.manager import Choice


def provenance_of(
    plan: Plan,
    task: Task,
    sources: Sources,
    regions: Regions,
    read: Mapping[str, Frame],
    weights: Mapping[str, Choice],
    trained: Mapping[str, Choice],
    device: torch.device,
) -> Provenance:
    """Describe what decides a result.

    Args:
        read: what was read of sources, for those that are no files.
        weights: what was loaded, by network.
        trained: files of networks that are styles, by source.

    Raises:
        InputError: a file cannot be read.
    """
    inputs = Inputs(sources, plan.catalogue, RunConfig)
    settings = inputs.settings(plan.resolved(), (part.component for part in plan.components))
    components = [*(part.component for part in plan.components), *regions.components]
    # Each as it is written, and its source alone.
    stated = {
        "content": [(task.content, task.content)],
        "style": [(style.text, style.source) for style in task.styles],
        "region": [(text, parse_region(text).source) for text in plan.config.region],
    }
    for role, texts in stated.items():
        settings[role] = []
        for number, (text, source) in enumerate(texts, 1):
            name = f"{role} {number}" if len(texts) > 1 else role
            if inputs.add(name, source):
                end = len(source)
                text = text[: end - len(path_in(source))] + text[end:]
            elif source in read:
                inputs.digests[name] = digest_of_frame(read[source]), 0
            settings[role].append(text)
            if source in trained:
                components.append(trained[source].component)
                continue
            # None of what is in memory, or drawn by a region's component.
            with contextlib.suppress(InputError):
                components.append(sources.reader(source)[0])
    # No others: those that a method loads on the way may be there already, or not.
    chosen = {network: weights[network] for network in plan.networks if network in weights}
    settings["device"] = device.type
    return Provenance(settings, inputs.digests, versions_of(components, chosen), inputs.names)


def describe_inputs(provenance: Provenance, sources: Iterable[str]) -> list[dict[str, Any]]:
    """Describe each source; files, and those of a folder together, with their SHA-256."""
    digests = {source: provenance.inputs[role][0] for role, source in provenance.names.items()}
    return [
        {"source": source, **({"sha256": digests[source]} if source in digests else {})}
        for source in sources
    ]


def changes_since(record: RunRecord, folder: Path, plan: Plan) -> list[str]:
    """Say, a line each, why a rerun of a record may not give the same result.

    Args:
        folder: the one that the record lies in.
    """
    lines = RecordedInputs(record, folder).changes(Sources(plan.catalogue, plan.config.tables))
    versions = {(part.spec.kind, part.component.id): part.spec.version for part in plan.components}
    for entry in record.components:
        now = versions.get((entry.kind, entry.id), entry.version)
        if now != entry.version:
            lines.append(
                f"The {entry.kind} {entry.id} has version {now}; the record was made with "
                f"version {entry.version}."
            )
    if record.convolutions and record.device.startswith("cpu"):
        now_used = convolutions(plan.components, "cpu")
        if now_used != record.convolutions:
            lines.append(
                f"Convolutions are {now_used} here; the record was made with {record.convolutions} "
                "ones."
            )
    for name, then in record.environment.items():
        here = environment().get(name, then)
        if here != then and name != "platform":
            lines.append(f"{name} is {here}; the record was made with {then}.")
    return lines
