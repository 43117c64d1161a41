"""What an option takes: names of components, sources, settings; for its help and completion."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any

from stylekit.registry.catalogue import Catalogue
from stylekit.specs import SPEC_TYPES, MethodSpec, PresetSpec

SOURCE, FILE, FOLDER, SETTING, COMPONENT = "source", "file", "folder", "setting", "component"
"""What an option can take besides components of a kind and fixed words."""

_ATTRIBUTE = "stylekit_takes"


def takes(action: argparse.Action, *values: str) -> argparse.Action:
    """Say what an option takes, and return the option.

    In its help, `{names}` then stands for the names of all installed components of these kinds, and
    `{default}` for the name that a run takes by default. Shells complete its values.

    Args:
        values: kinds of components (`method`, `style loss`), words that the user can write, or
            `SOURCE`, `FILE`, `FOLDER`, `SETTING` (`NAME.KEY=VALUE`) and `COMPONENT` (of any kind).
    """
    setattr(action, _ATTRIBUTE, values)
    return action


def taken_by(action: argparse.Action) -> tuple[str, ...]:
    """Return the values that an option takes; nothing if its command does not say."""
    values: tuple[str, ...] = getattr(action, _ATTRIBUTE, ())
    return values


def complete_help(parser: argparse.ArgumentParser, catalogue: Catalogue) -> None:
    """Write the names of installed components into the help of the options of a parser."""
    defaults: Mapping[str, str] | None = None
    for action in parser._actions:
        if not (values := taken_by(action)) or not action.help:
            continue
        if "{default}" in action.help and defaults is None:
            defaults = run_defaults(catalogue)
        names = ", ".join(name for value in values for name in names_of(value, catalogue))
        default = (defaults or {}).get(action.dest, "none")
        action.help = action.help.replace("{names}", names or "none is installed")
        action.help = action.help.replace("{default}", default)


def names_of(kind: str, catalogue: Catalogue) -> Iterator[str]:
    """Yield the name of each component of a kind.

    `style loss` are the losses of a role, and `trainable method` the methods that have a trainer.
    """
    role, _, kind = kind.rpartition(" ")
    if kind not in SPEC_TYPES:
        return
    specs: list[Any] = [component.spec for component in catalogue.all(SPEC_TYPES[kind])]
    if role == "trainable":
        specs = [spec for spec in specs if getattr(spec, "trainer", None)]
    elif role:
        specs = [spec for spec in specs if getattr(spec, "role", "") == role]
    yield from dict.fromkeys(spec.name for spec in specs)


def run_defaults(catalogue: Catalogue) -> dict[str, str]:
    """Return the defaults of a run by key: values of the default preset, and slots."""
    presets = [c.spec for c in catalogue.all(PresetSpec) if c.spec.name == "default"]
    values = presets[0].values if presets else {}
    plain = {key: str(value) for key, value in values.items() if not isinstance(value, Mapping)}
    method = next(
        (c.spec for c in catalogue.all(MethodSpec) if c.spec.name == values.get("method")), None
    )
    if method is None:
        return plain
    slots = {key: slot.default for key, slot in method.slots.items()}
    sizes = {"size": f"{method.default_size} for {method.name}"} if method.default_size else {}
    return {**sizes, **slots, **plain}
