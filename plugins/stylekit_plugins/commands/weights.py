"""`stylekit weights list|fetch|verify`: trained parameters, where from, and whether here."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.cli.options import add_shared
from stylekit.errors import DamagedWeightsError
from stylekit.specs import WeightsSpec

if TYPE_CHECKING:
    from stylekit.components import Component
    from stylekit.host import Host
    from stylekit.weights import WeightsManager


class Weights:
    """Shows, fetches and verifies weights."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        add = parser.add_argument
        add("action", choices=("list", "fetch", "verify"), nargs="?", default="list")
        add("names", nargs="*", help="weights components; none: all that apply")
        add_shared(parser, "--offline")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """List, fetch or verify."""
        from stylekit.weights import WeightsManager

        catalogue = host.catalogue
        manager = WeightsManager(catalogue, {}, arguments.offline, console.tell)
        named = [catalogue.find(WeightsSpec, name) for name in arguments.names]
        if arguments.action == "fetch":
            return _fetch(manager, named, console)
        components = named or catalogue.all(WeightsSpec)
        rows = [_state(manager, c, verify=arguments.action == "verify") for c in components]
        if console.json:
            console.object({"weights": rows})
        else:
            columns = ("name", "network", "state", "size_mb", "licence", "source")
            console.table(columns, ([str(row[column]) for column in columns] for row in rows))
        return 2 if any(row["state"] == "damaged" for row in rows) else 0


def _fetch(
    manager: WeightsManager, components: list[Component[WeightsSpec]], console: Console
) -> int:
    from stylekit.errors import UsageError

    if not components:
        raise UsageError("Name what to fetch.", "`stylekit weights list` shows what there is.")
    choices = [manager.obtain(component) for component in components]
    if console.json:
        console.object({"fetched": [str(choice.path) for choice in choices]})
    else:
        for choice in choices:
            console.data(str(choice.path))
    return 0


def _state(
    manager: WeightsManager, component: Component[WeightsSpec], verify: bool
) -> dict[str, Any]:
    from stylekit import weights_files

    spec = component.spec
    found = manager.find(component)
    state: str = "not here" if found is None else found[1]
    if type(spec.source).__name__ == "UserFile":
        state = "your file"
    if verify and found is not None:
        try:
            weights_files.verify(found[0], spec)
            state = "verified"
        except DamagedWeightsError as error:
            state = "damaged"
            manager.tell(error.message)
    return {
        "name": spec.name,
        "network": spec.network,
        "state": state,
        "path": str(found[0]) if found else None,
        "sha256": spec.sha256,
        "size_mb": spec.size_mb,
        "licence": spec.licence,
        "source": _source(spec),
        "summary": spec.summary,
    }


def _source(spec: WeightsSpec) -> str:
    source = spec.source
    for attribute in ("url", "requirement", "distribution"):
        if hasattr(source, attribute):
            return str(getattr(source, attribute))
    return "--weights PATH"
