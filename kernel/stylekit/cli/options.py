"""Options that several commands have, and how options become configuration."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel

    from stylekit.registry.catalogue import Catalogue

_SHARED: dict[str, dict[str, Any]] = {
    "--config": {"metavar": "FILE", "type": Path, "help": "TOML file, or an earlier record"},
    "--trust-config": {
        "action": "store_true",
        "help": "that file may say where to write, what to replace and which addresses to use",
    },
    "--set": {
        "metavar": "KEY=VALUE",
        "action": "append",
        "default": [],
        "help": "set a parameter: NAME.KEY=VALUE",
    },
    "--weights": {
        "metavar": "W",
        "action": "append",
        "help": "trained weights: auto, a name or a file, after NETWORK= if there are several",
    },
    "--seed": {"metavar": "N", "type": int, "help": "seed of every random number (default 0)"},
    "--device": {"metavar": "D", "help": "auto, cpu, cuda, cuda:N or mps"},
    "--precision": {"metavar": "F", "help": "auto, float32 or bfloat16 inside the networks"},
    "--resume": {"action": "store_true", "help": "go on with what was stopped, skip what is done"},
    "--overwrite": {"action": "store_true", "help": "replace what is there"},
    "--offline": {"action": "store_true", "help": "never touch the network"},
}


def add_shared(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add some of the options that several commands have, which should look alike in all.

    `--config` comes with `--trust-config`.
    """
    for name in names:
        parser.add_argument(name, **_SHARED[name])
        if name == "--config":
            add_shared(parser, "--trust-config")


def layers(
    arguments: argparse.Namespace,
    keys: Collection[str],
    catalogue: Catalogue,
    model: type[BaseModel],
    **more: Any,
) -> list[dict[str, Any]]:
    """Return configuration, the weakest first: of `--config`, of `--set`, and of other options.

    Args:
        keys: the options that are configuration under their own names; one that was not given, or
            is a switch that is off, says nothing.
        catalogue: the components that the tables of a config file may be of.
        model: the keys that a config file may have; those marked `UserOnly` need `--trust-config`.
        more: the same under other names.

    Raises:
        InputError: the file cannot be read.
        UsageError: it says what only the user may say, or a setting has no value.
    """
    from stylekit.inputs.settings import settings_layer
    from stylekit.records.config_files import read_config

    stated = {key: getattr(arguments, key) for key in keys} | more
    given = {
        key: value
        for key, value in stated.items()
        # Of arguments that may be left out altogether, the list is empty.
        if value is not None and value is not False and value != []
    }
    found = [settings_layer(arguments.set), given]
    if getattr(arguments, "config", None) is not None:
        found.insert(0, read_config(arguments.config, catalogue, model, arguments.trust_config))
    return found
