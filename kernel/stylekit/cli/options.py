"""Options that several commands share, and the configuration that options make."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylekit.cli.values import FILE, SETTING, takes

if TYPE_CHECKING:
    from pydantic import BaseModel

    from stylekit.registry.catalogue import Catalogue

_SHARED: dict[str, dict[str, Any]] = {
    "--config": {
        "metavar": "FILE",
        "type": Path,
        "takes": (FILE,),
        "help": "configuration: a TOML file or the record of an earlier run",
    },
    "--trust-config": {
        "action": "store_true",
        "help": "let that file decide where to write, what to replace and which addresses to use",
    },
    "--set": {
        "metavar": "KEY=VALUE",
        "action": "append",
        "default": [],
        "help": "set a parameter of a component, NAME.KEY=VALUE, or another key; repeatable",
        "takes": (SETTING,),
    },
    "--weights": {
        "metavar": "[NETWORK=]WEIGHTS",
        "action": "append",
        "help": "trained weights: auto (default), a name (`stylekit weights`) or a file; with "
        "NETWORK= if there are several networks",
        "takes": ("auto", "weights", FILE),
    },
    "--seed": {"metavar": "N", "type": int, "help": "seed of all random numbers (default: 0)"},
    "--device": {
        "metavar": "DEVICE",
        "help": "auto (default), cpu, cuda, cuda:N or mps",
        "takes": ("auto", "cpu", "cuda", "mps"),
    },
    "--precision": {
        "metavar": "FORMAT",
        "help": "numbers inside networks: auto (default), exact, float32 or bfloat16",
        "takes": ("auto", "exact", "float32", "bfloat16"),
    },
    "--resume": {
        "action": "store_true",
        "help": "continue an interrupted command; skip results that are complete",
    },
    "--overwrite": {"action": "store_true", "help": "replace existing files"},
    "--offline": {"action": "store_true", "help": "never use the network"},
}


def add_shared(parser: argparse._ActionsContainer, *names: str) -> None:
    """Add some of the shared options, which look alike in all commands, to a parser or a group.

    `--config` adds `--trust-config` too.
    """
    for name in names:
        options = dict(_SHARED[name])
        values = options.pop("takes", ())
        takes(parser.add_argument(name, **options), *values)
        if name == "--config":
            add_shared(parser, "--trust-config")


def layers(
    arguments: argparse.Namespace,
    keys: Collection[str],
    catalogue: Catalogue,
    model: type[BaseModel],
    **more: Any,
) -> list[dict[str, Any]]:
    """Return layers of configuration, the weakest first: `--config`, `--set`, other options.

    Args:
        keys: options that are configuration under their own names; missing ones, and switches that
            are off, are left out.
        catalogue: the components whose tables a config file may have.
        model: the keys that a config file may have; those marked `UserOnly` need `--trust-config`.
        more: further configuration, by key.

    Raises:
        InputError: the file cannot be read.
        UsageError: the file sets a key that only the user may set, or a setting has no value.
    """
    from stylekit.inputs.settings import settings_layer
    from stylekit.records.config_files import read_config

    stated = {key: getattr(arguments, key) for key in keys} | more
    options = {
        key: value
        for key, value in stated.items()
        # A positional argument that may be left out is an empty list.
        if value is not None and value is not False and value != []
    }
    result = [settings_layer(arguments.set), options]
    if getattr(arguments, "config", None) is not None:
        result.insert(0, read_config(arguments.config, catalogue, model, arguments.trust_config))
    return result
