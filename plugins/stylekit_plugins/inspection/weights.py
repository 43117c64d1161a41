"""`stylekit weights list|fetch|verify`: trained parameters, where from, and whether here."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.cli.options import add_shared
from stylekit.errors import DamagedWeightsError
from stylekit.specs import WeightsSpec
from stylekit.weights.selection import split_pin

if TYPE_CHECKING:
    from stylekit.host import Host
    from stylekit.registry.catalogue import Component
    from stylekit.weights.manager import WeightsManager


class Weights:
    """Shows, fetches and verifies weights."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        add = parser.add_argument
        add("action", choices=("list", "fetch", "verify"), nargs="?", default="list")
        add(
            "names",
            nargs="*",
            help="weights components, or NAME#sha256=HEX to state the whole digest of a file; "
            "none: all that apply",
        )
        add_shared(parser, "--offline")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """List, fetch or verify."""
        from stylekit.weights.manager import WeightsManager

        catalogue = host.catalogue
        manager = WeightsManager(catalogue, {}, arguments.offline, console.tell)
        pairs = [split_pin(name) for name in arguments.names]
        named = [(catalogue.find(WeightsSpec, name), stated) for name, stated in pairs]
        if arguments.action == "fetch":
            return _fetch(manager, named, console)
        asked = named or [(component, None) for component in catalogue.all(WeightsSpec)]
        rows = [_state(manager, *each, verify=arguments.action == "verify") for each in asked]
        if console.json:
            console.object({"weights": rows})
        else:
            columns = ("name", "network", "state", "pinned", "size_mb", "source", "license")
            console.table(columns, ([str(row[column] or "") for column in columns] for row in rows))
        return 2 if any(row["state"] == "damaged" for row in rows) else 0


def _fetch(
    manager: WeightsManager,
    asked: list[tuple[Component[WeightsSpec], str | None]],
    console: Console,
) -> int:
    from stylekit.errors import UsageError

    if not asked:
        raise UsageError("Name what to fetch.", "`stylekit weights list` shows what there is.")
    choices = [manager.ensure(component, stated) for component, stated in asked]
    if console.json:
        console.object({"fetched": [str(choice.path) for choice in choices]})
    else:
        for choice in choices:
            console.data(str(choice.path))
    return 0


def _state(
    manager: WeightsManager, component: Component[WeightsSpec], stated: str | None, verify: bool
) -> dict[str, Any]:
    from stylekit.weights import cache

    spec = component.spec
    found = manager.locate(component)
    state: str = "not here" if found is None else found[1]
    if type(spec.source).__name__ == "UserFile":
        state = "your file"
    if verify and found is not None:
        try:
            cache.verify(found[0], spec, stated)
            state = "verified"
        except DamagedWeightsError as error:
            state = "damaged"
            manager.tell(f"{error.message} {error.hint}")
    return {
        "name": spec.name,
        "network": spec.network,
        "state": state,
        "path": str(found[0]) if found else None,
        "sha256": cache.first_fetched(spec) or spec.sha256,
        "pinned": cache.pinned(spec),
        "size_mb": spec.size_mb,
        "license": spec.license,
        "source": _source(spec),
        "summary": spec.summary,
    }


def _source(spec: WeightsSpec) -> str:
    source = spec.source
    for attribute in ("url", "requirement", "distribution"):
        if hasattr(source, attribute):
            return str(getattr(source, attribute))
    return "--weights PATH"
