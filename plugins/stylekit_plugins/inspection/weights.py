"""`stylekit weights list|fetch|verify`: trained weights, their sources and their state."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.cli.options import add_shared
from stylekit.errors import DamagedWeightsError
from stylekit.specs import WeightsSpec
from stylekit.weights.selection import split_pin
from stylekit_plugins.inspection.layout import align, wrap

if TYPE_CHECKING:
    from stylekit.host import Host
    from stylekit.registry.catalogue import Component
    from stylekit.weights.manager import WeightsManager

_log = logging.getLogger(f"stylekit.{__name__}")


class Weights:
    """Lists, fetches and verifies weights."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the action and the names that it applies to."""
        add = parser.add_argument
        add(
            "action",
            choices=("list", "fetch", "verify"),
            nargs="?",
            default="list",
            help="list the known weights (default), fetch some into the cache, or verify checksums",
        )
        add(
            "names",
            nargs="*",
            metavar="NAME",
            help="weights, or NAME#sha256=HEX to state the whole digest of a file (default: all)",
        )
        add_shared(parser, "--offline")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Do the action; exit with 2 if a file is damaged."""
        from stylekit.weights.manager import WeightsManager

        catalogue = host.catalogue
        manager = WeightsManager(catalogue, {}, arguments.offline)
        pairs = [split_pin(name) for name in arguments.names]
        named = [(catalogue.find(WeightsSpec, name), stated) for name, stated in pairs]
        if arguments.action == "fetch":
            return _fetch(manager, named, console)
        selected = named or [(component, None) for component in catalogue.all(WeightsSpec)]
        rows = [_state(manager, *each, verify=arguments.action == "verify") for each in selected]
        if console.json:
            console.object({"weights": rows})
        else:
            console.data("\n".join(_lines(rows)))
        return 2 if any(row["state"] == "damaged" for row in rows) else 0


def _lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield two lines for each of the weights: what they are, and where they come from."""
    rows = list(rows)
    size = (f"{row['size_mb']:g} MB" if row["size_mb"] else "-" for row in rows)
    cells = [
        (str(row["name"]), str(row["network"]), str(row["state"]), text)
        for row, text in zip(rows, size, strict=True)
    ]
    head, *lines = align([("name", "network", "state", "size"), *cells])
    yield head
    for line, row in zip(lines, rows, strict=True):
        yield line
        pinned = f"; SHA-256 pinned: {row['pinned']}" if row["pinned"] else ""
        yield wrap(f"{row['source']}; license: {row['license']}{pinned}", 4)


def _fetch(
    manager: WeightsManager,
    selected: list[tuple[Component[WeightsSpec], str | None]],
    console: Console,
) -> int:
    from stylekit.errors import UsageError

    if not selected:
        raise UsageError("Name what to fetch.", "`stylekit weights list` shows all weights.")
    choices = [manager.ensure(component, stated) for component, stated in selected]
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
    located = manager.locate(component)
    state: str = "not here" if located is None else located[1]
    if spec.source.by_user:
        state = "your file"
    if verify and located is not None:
        try:
            cache.verify(located[0], spec, stated)
            state = "verified"
        except DamagedWeightsError as error:
            state = "damaged"
            _log.warning(f"{error.message} {error.hint}")
    return {
        "name": spec.name,
        "network": spec.network,
        "state": state,
        "path": str(located[0]) if located else None,
        "sha256": cache.first_fetched(spec) or spec.sha256,
        "pinned": cache.pinned(spec),
        "size_mb": spec.size_mb,
        "license": spec.license,
        "source": spec.source.describe(),
        "summary": spec.summary,
    }
