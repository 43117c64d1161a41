"""What only the user may say, and no config file from someone else.

A config file is data. It says what is made of what. Where to write, what to replace, what carries a
run out and which addresses it uses come from the user: an option, `--set`, Python, or a config file
that `--trust-config` vouches for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from stylekit.errors import UsageError
from stylekit.inputs.marks import user_only_fields
from stylekit.registry.catalogue import Catalogue, Component, load_object, params_model
from stylekit.runs.layers import Layer
from stylekit.specs import ExecutorSpec, MethodSpec, ObserverSpec

PATHS_ARE_ADDRESSES = os.name == "nt"
"""Looking at a path that begins with a host connects to it, and signs the user in there."""

_HOST = re.compile(r"(?:[a-z][a-z0-9+-]+[:=])*[\\/]{2}[^\\/]")

_USERS_KINDS = (ObserverSpec, ExecutorSpec)
"""Components that write files of their own or reach other machines: their tables are the user's."""


def user_only(layer: Layer, model: type[BaseModel], catalogue: Catalogue) -> list[tuple[str, ...]]:
    """List the keys of a layer that only the user may set: `(key,)`, or `(table, key)`.

    Args:
        model: has a field for each key of the command.
        catalogue: what the tables are of.
    """
    return list(_user_only(layer, model, catalogue))


def _user_only(
    layer: Layer, model: type[BaseModel], catalogue: Catalogue
) -> Iterator[tuple[str, ...]]:
    tables = catalogue.tables()
    for key, value in layer.items():
        if key in user_only_fields(model):
            yield (key,)
        elif key == "prefer" and isinstance(value, Mapping):
            kinds = [spec.kind for spec in _USERS_KINDS]
            yield from ((key, kind) for kind in value if kind.partition(".")[0] in kinds)
        elif key not in model.model_fields and isinstance(value, Mapping):
            components = tables.get(key, [])
            if any(isinstance(component.spec, _USERS_KINDS) for component in components):
                yield (key,)
                continue
            marked = {name for component in components for name in _marked(component)}
            yield from ((key, name) for name in value if name.partition(".")[0] in marked)


def _marked(component: Component[Any]) -> Iterator[str]:
    yield from user_only_fields(params_model(component))
    if isinstance(component.spec, MethodSpec) and component.spec.training is not None:
        yield from user_only_fields(load_object(component.spec.training, component))


def refuse_user_only(
    layer: Layer, model: type[BaseModel], catalogue: Catalogue, path: Path, is_record: bool
) -> None:
    """Refuse a config file that says what only the user may say.

    Raises:
        UsageError: it does; the message names the keys.
    """
    found = [".".join(keys) for keys in user_only(layer, model, catalogue)]
    found += [repr(text) for text in _texts(layer) if PATHS_ARE_ADDRESSES and _HOST.match(text)]
    if not found:
        return
    raise UsageError(
        f"{path} sets {', '.join(found)}: where to write, what to replace, what carries a run out "
        "and the addresses it uses are for you to say.",
        "No record that stylekit writes holds that: someone has changed it."
        if is_record
        else "Give them as options or with --set NAME.KEY=VALUE, or trust the file with "
        "--trust-config (in Python trust_config=True).",
    )


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a layer, keys apart."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)


def without_user_only(layer: Layer, model: type[BaseModel], catalogue: Catalogue) -> dict[str, Any]:
    """Copy a layer without what only the user may set, as a record holds it."""
    dropped = set(user_only(layer, model, catalogue))
    return {
        key: {name: inner for name, inner in value.items() if (key, name) not in dropped}
        if isinstance(value, Mapping)
        else value
        for key, value in layer.items()
        if (key,) not in dropped
    }
