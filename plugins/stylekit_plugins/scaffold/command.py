"""`stylekit new-plugin NAME --kind KIND`: a project that installs, works, and passes its tests."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from stylekit.cli.console import Console
from stylekit.errors import InputError
from stylekit_plugins.scaffold.project import TEMPLATE_KINDS, component_kind, named, write

if TYPE_CHECKING:
    from stylekit.host import Host

_log = logging.getLogger(f"stylekit.{__name__}")


class NewPlugin:
    """Writes a project."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        add = parser.add_argument
        add("name", metavar="NAME", help="name of the plugin and its component, such as charcoal")
        kinds = (
            "what the plugin registers: %(choices)s; the last two are a method without steps, and "
            "one that is trained"
        )
        add("--kind", choices=TEMPLATE_KINDS, metavar="KIND", required=True, help=kinds)
        add("--out", metavar="FOLDER", type=Path, help="new folder (default: stylekit-NAME)")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Write the project, and say what to do next."""
        names = named(arguments.name)
        folder: Path = arguments.out or Path(names.distribution)
        for clash in clashes(host, names.plugin, component_kind(arguments.kind)):
            _log.warning(clash)
        try:
            files = write(folder, names, arguments.kind)
        except OSError as error:
            raise InputError(
                f"Cannot write {folder}: {error.strerror or error}.", "Name another: --out FOLDER."
            ) from error
        if console.json:
            console.object({"folder": str(folder), "files": files})
            return 0
        console.data(str(folder))
        pip = f"{Path(sys.executable).name} -m pip"
        kind = component_kind(arguments.kind)
        for line in (
            f"Plugin '{names.plugin}' with the {kind} '{names.plugin}'. Next:",
            f"  cd {folder}",
            f'  {pip} install -e ".[test]"',
            "  stylekit list-plugins",
            "  pytest",
            f"Then make src/{names.package} your own: README.md says what is where.",
        ):
            _log.info(line)
        return 0


def clashes(host: Host, name: str, kind: str) -> list[str]:
    """Return a sentence for each installed plugin or component that has the name already."""
    found = []
    for record in host.registry.records:
        owner = record.dist or record.location
        if record.name == name:
            found.append(
                f"A plugin '{name}' is installed ({owner}): of two with one name, the second is "
                "refused. Change the name in pyproject.toml's entry point, or uninstall that one."
            )
        if any(spec.kind == kind and spec.name == name for spec in record.components):
            found.append(
                f"Plugin '{record.name}' ({owner}) has the {kind} '{name}' already: users must "
                f"write {name}:{name}, unless you change the name in the spec."
            )
    return found
