"""`stylekit list-plugins`: what is installed, what works, and why the rest does not."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.registry.discovery import PluginRecord

if TYPE_CHECKING:
    from stylekit.host import Host


class ListPlugins:
    """Shows the plugins."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        parser.add_argument(
            "--check", action="store_true", help="exit with 1 if a plugin is broken"
        )
        parser.add_argument(
            "--timings", action="store_true", help="show how long each took to load"
        )

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Print the plugins."""
        records = host.registry.records
        if console.json:
            console.object({"plugins": [as_json(record) for record in records]})
        else:
            columns = ["plugin", "distribution", "version", "API", "status", "origin", "components"]
            columns += ["ms"] if arguments.timings else []
            console.table(columns, (_row(record, arguments.timings) for record in records))
        failed = any(record.status in ("broken", "incompatible") for record in records)
        return 1 if arguments.check and failed else 0


def as_json(record: PluginRecord) -> dict[str, Any]:
    """Return what `--json` prints of one plugin."""
    return {
        "name": record.name,
        "dist": record.dist,
        "version": record.version,
        "api": record.api,
        "status": record.status,
        "origin": record.origin,
        "location": record.location,
        "components": [
            {"kind": spec.kind, "id": f"{record.name}:{spec.name}", "summary": spec.summary}
            for spec in record.components
        ],
        "error": record.error,
        "notes": record.notes,
        "load_ms": round(record.load_ms, 2),
    }


def _row(record: PluginRecord, timings: bool) -> list[str]:
    by_kind: dict[str, list[str]] = {}
    for spec in record.components:
        by_kind.setdefault(spec.kind, []).append(spec.name)
    offered = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in by_kind.items())
    row = [
        record.name,
        record.dist or "-",
        record.version or "-",
        str(record.api) if record.api is not None else "-",
        record.status,
        record.origin,
        record.error or offered or "only observes",
    ]
    return [*row, f"{record.load_ms:.1f}"] if timings else row
