"""`stylekit list-plugins`: every component by kind, and the plugins that do not work."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.cli.help import print_colored
from stylekit.machine.extras import is_installed
from stylekit.registry.catalogue import Component
from stylekit.registry.discovery import PluginRecord
from stylekit_plugins.inspection.layout import definitions, one_line_each, wrap
from stylekit_plugins.inspection.usage import OPTIONS, kind_of

if TYPE_CHECKING:
    from stylekit.host import Host

_FIRST = (
    *("method", "preset", "backbone", "style loss", "content loss", "image loss"),
    *("optimizer", "media", "region", "blend", "metric", "classifier", "experiment", "weights"),
)
"""The kinds that come first; the others follow as the plugins register them, commands last."""


class ListPlugins:
    """Prints what is installed."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        add = parser.add_argument
        add("--long", action="store_true", help="list plugins with version, API, status and origin")
        add("--check", action="store_true", help="exit with 1 if a plugin is broken")
        add(
            "--timings",
            action="store_true",
            help="with --long, which it implies: milliseconds that each plugin took to load",
        )

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Print the components, or the plugins with `--long`."""
        records = host.registry.records
        if console.json:
            console.object({"plugins": [as_json(record) for record in records]})
        else:
            long = arguments.long or arguments.timings
            terminal = console.out.isatty()
            cut = terminal or "COLUMNS" in os.environ
            lines = _plugins(records, arguments.timings) if long else _components(records, cut)
            text = "\n".join(lines)
            if terminal:
                print_colored(f"{text}\n", console.out)
            else:
                console.data(text)
        failed = any(record.status in ("broken", "incompatible") for record in records)
        return 1 if arguments.check and failed else 0


def as_json(record: PluginRecord) -> dict[str, Any]:
    """Return the object that `--json` prints for one plugin."""
    return {
        "name": record.name,
        "dist": record.dist,
        "version": record.version,
        "api": record.api,
        "status": record.status,
        "origin": record.origin,
        "location": record.location,
        "components": [
            {
                "kind": spec.kind,
                "id": f"{record.name}:{spec.name}",
                "summary": spec.summary,
                "extra": getattr(spec, "extra", ""),
                "installed": is_installed(getattr(spec, "modules", ())),
            }
            for spec in record.components
        ],
        "error": record.error,
        "notes": record.notes,
        "load_ms": round(record.load_ms, 2),
    }


def _components(records: Iterable[PluginRecord], cut: bool) -> Iterator[str]:
    """Yield each kind with its components, and what is wrong with the other plugins.

    Args:
        cut: each component has a line, as wide as the terminal.
    """
    records = list(records)
    kinds = _by_kind(records)
    for kind in _ordered(kinds):
        option = f" ({OPTIONS[kind]})" if kind in OPTIONS else ""
        yield f"{_plural(kind).capitalize()}{option}:"
        names = Counter(component.spec.name for component in kinds[kind])
        entries = (
            (
                component.spec.name if names[component.spec.name] == 1 else component.id,
                _missing(component) + _origin(component.plugin) + component.spec.summary,
            )
            for component in kinds[kind]
        )
        yield from one_line_each(entries, cut)
        yield ""
    silent = [(record.name, _state(record)) for record in records if not record.components]
    if silent:
        yield "Other plugins:"
        yield from definitions(silent)
        yield ""
    yield wrap("`stylekit describe NAME` shows a component with its whole text and parameters.")


def _plugins(records: Iterable[PluginRecord], timings: bool) -> Iterator[str]:
    """Yield each plugin with its facts, and its components by kind."""
    for record in records:
        facts = [
            " ".join(filter(None, (record.dist, record.version))),
            f"API {record.api}" if record.api is not None else "",
            record.status,
            record.origin,
            f"{record.load_ms:.1f} ms" if timings else "",
        ]
        yield wrap(f"{record.name}: {', '.join(filter(None, facts))}", 4, "")
        if record.components:
            kinds = _by_kind([record])
            yield from definitions(
                (_plural(kind), ", ".join(component.spec.name for component in kinds[kind]))
                for kind in kinds
            )
        else:
            yield wrap(_state(record), 2)


def _by_kind(records: Iterable[PluginRecord]) -> dict[str, list[Component[Any]]]:
    kinds: dict[str, list[Component[Any]]] = {}
    for record in records:
        for spec in record.components:
            kinds.setdefault(kind_of(spec), []).append(Component(spec, record))
    return kinds


def _ordered(kinds: Mapping[str, Any]) -> list[str]:
    first = [kind for kind in _FIRST if kind in kinds]
    rest = [kind for kind in kinds if kind not in first and kind != "command"]
    return [*first, *rest, *(["command"] if "command" in kinds else [])]


def _state(record: PluginRecord) -> str:
    if record.error:
        return f"{record.status}: {record.error}"
    return "observes runs" if record.status == "active" else record.status


def _origin(record: PluginRecord) -> str:
    return "" if record.origin == "built-in" else f"[{record.dist or record.name}] "


def _missing(component: Component[Any]) -> str:
    """Name the extra that the component needs, if it is not installed."""
    spec, dist = component.spec, component.plugin.dist
    if is_installed(getattr(spec, "modules", ())):
        return ""
    return f"[needs {dist}[{spec.extra}]] " if dist else f"[needs {', '.join(spec.modules)}] "


def _plural(kind: str) -> str:
    if kind in ("media", "weights"):
        return kind
    return kind + ("es" if kind.endswith("s") else "s")
