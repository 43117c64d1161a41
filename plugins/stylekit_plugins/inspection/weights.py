"""`stylekit weights list|fetch|verify`: trained weights, their sources and their state."""

from __future__ import annotations

import argparse
import contextlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.cli.options import add_shared
from stylekit.cli.values import takes
from stylekit.errors import DamagedWeightsError, StylekitError, UsageError
from stylekit.specs import WeightsSpec
from stylekit.weights.advice import credit_line, credits_of
from stylekit.weights.cache import cache_dir, first_fetched, pinned, verify
from stylekit.weights.defaults import default_weights
from stylekit.weights.selection import split_pin
from stylekit_plugins.inspection.layout import align, wrap

if TYPE_CHECKING:
    from stylekit.host import Host
    from stylekit.registry.catalogue import Catalogue, Component
    from stylekit.weights.manager import WeightsManager

_log = logging.getLogger(f"stylekit.{__name__}")


class Weights:
    """Lists, fetches and verifies weights."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the action and the names that it applies to."""
        add = parser.add_argument
        add(
            "action",
            metavar="ACTION",
            choices=("list", "fetch", "verify"),
            nargs="?",
            default="list",
            help="list the known weights with size, license and authors (default), fetch some into "
            "the cache, or verify the checksums of those on this machine",
        )
        takes(
            add(
                "names",
                nargs="*",
                metavar="NAME",
                help="weights or a network (to fetch: its default weights); NAME#sha256=HEX states "
                "the whole digest of a file (list and verify: all by default); to list: also a "
                "network file or a folder of those that you trained, ./ for this one",
            ),
            "weights",
        )
        add_shared(parser, "--offline")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Do the action; exit with 2 if a file is damaged."""
        from stylekit.weights.manager import WeightsManager
        from stylekit_plugins.inspection.trained_weights import (
            CHANGED,
            is_place,
            trained_lines,
            trained_rows,
        )

        catalogue = host.catalogue
        manager = WeightsManager(catalogue, {}, arguments.offline)
        fetching = arguments.action == "fetch"
        places = [] if fetching else [name for name in arguments.names if is_place(name)]
        pairs = [split_pin(name) for name in arguments.names if name not in places]
        if fetching:
            chosen = [(_to_fetch(catalogue, name), stated) for name, stated in pairs]
            return _fetch(manager, chosen, console)
        named = [(each, stated) for name, stated in pairs for each in _named(catalogue, name)]
        every = [(component, None) for component in catalogue.all(WeightsSpec)]
        selected = named if named or places else every
        verifying = arguments.action == "verify"
        defaults = _defaults(catalogue)
        rows = [
            _state(manager, component, stated, component.id in defaults, verifying)
            for component, stated in selected
        ]
        trained = [row for place in places for row in trained_rows(Path(place))]
        if console.json:
            more = {"trained": trained} if places else {}
            console.object({"weights": rows, **more, "cache": str(cache_dir())})
        else:
            if verifying:
                rows = [row for row in rows if named or row["path"]]
            shown = _columns(rows) if verifying else _lines(rows)
            lines = [] if places and not named else list(shown)
            console.data("\n".join([*lines, *trained_lines(trained)]))
        bad = {"damaged", CHANGED} if verifying else set()
        return 2 if any(row["state"] in bad for row in [*rows, *trained]) else 0


def _defaults(catalogue: Catalogue) -> set[str]:
    """Return the ids of the weights that runs take by default; a network may have none."""
    ids: set[str] = set()
    for network in {component.spec.network for component in catalogue.all(WeightsSpec)}:
        with contextlib.suppress(StylekitError):
            ids.update(component.id for component in default_weights(network, catalogue))
    return ids


def _to_fetch(catalogue: Catalogue, name: str) -> Component[WeightsSpec]:
    """Return the weights of a name, or the default ones of a network."""
    candidates = _named(catalogue, name)
    if candidates[0].spec.name == name or ":" in name:
        return candidates[0]
    return next(iter(default_weights(name, catalogue)), candidates[0])


def _named(catalogue: Catalogue, name: str) -> list[Component[WeightsSpec]]:
    """Return the weights of a name, or all of a network.

    Raises:
        UsageError: it is neither, or several plugins register it.
    """
    components = catalogue.all(WeightsSpec)
    of_network = [each for each in components if each.spec.network == name]
    is_weights = any(each.spec.name == name for each in components)
    return of_network if of_network and not is_weights else [catalogue.find(WeightsSpec, name)]


def _columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line of columns for each of the weights, below their heads."""
    return align(
        [
            ("network", "weights", "size", "state"),
            *(
                (
                    row["network"],
                    f"{row['name']}{' *' if row['default'] else ''}",
                    f"{row['size_mb']:g} MB" if row["size_mb"] else "-",
                    row["state"],
                )
                for row in rows
            ),
        ]
    )


def _lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the columns of each of the weights, and below them what they are and whose."""
    rows = sorted(rows, key=lambda row: (row["network"], not row["default"]))
    head, *lines = _columns(rows)
    yield head
    for line, row in zip(lines, rows, strict=True):
        yield line
        yield wrap(row["summary"], 4)
        if row["state"] != "your file":
            authors = f", by {row['authors']}" if row["authors"] else ""
            changes = f"; {row['changes']}" if row["changes"] else ""
            yield wrap(f"License: {row['license']}{authors}{changes}.", 4)
            page = f"; authors' page: {row['url']}" if row["url"] else ""
            pinned = f"; SHA-256 pinned: {row['pinned']}" if row["pinned"] else ""
            yield wrap(f"From {row['source']}{page}{pinned}", 4)
    yield ""
    yield wrap("* what a run takes unless --weights names others")
    yield wrap("Networks that you trained: `stylekit weights list FOLDER/`.")
    yield wrap(f"Fetched files are kept in {cache_dir()} (STYLEKIT_CACHE moves it).")


def _fetch(
    manager: WeightsManager,
    selected: list[tuple[Component[WeightsSpec], str | None]],
    console: Console,
) -> int:
    if not selected:
        raise UsageError(
            "Name what to fetch: weights or a network.",
            "`stylekit weights list` shows all weights.",
        )
    choices = []
    for component, stated in selected:
        choices.append(manager.ensure(component, stated))
        _log.info(f"{component.spec.name}: {credit_line(component.spec)}.")
    if console.json:
        console.object({"fetched": [str(choice.path) for choice in choices]})
    else:
        for choice in choices:
            console.data(str(choice.path))
    return 0


def _state(
    manager: WeightsManager,
    component: Component[WeightsSpec],
    stated: str | None,
    is_default: bool,
    verifying: bool,
) -> dict[str, Any]:
    spec = component.spec
    located = manager.locate(component)
    state: str = "not fetched" if located is None else located[1]
    if spec.source.by_user:
        state = "your file"
    if verifying and located is not None:
        try:
            verify(located[0], spec, stated)
            state = "verified"
        except DamagedWeightsError as error:
            state = "damaged"
            _log.warning(f"{error.message} {error.hint}")
    return {
        "name": spec.name,
        "network": spec.network,
        "default": is_default,
        "state": state,
        "path": str(located[0]) if located else None,
        "sha256": first_fetched(spec) or spec.sha256,
        "pinned": pinned(spec),
        "size_mb": spec.size_mb,
        **credits_of(spec),
        "source": spec.source.describe(),
        "summary": spec.summary,
    }
