"""Commands are components: `stylekit NAME` runs one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from stylekit.registry.catalogue import Catalogue, Component, load_object
from stylekit.registry.discovery import PluginRecord
from stylekit.specs import CommandSpec

if TYPE_CHECKING:
    import argparse

    from stylekit.cli.console import Console
    from stylekit.host import Host


class Command(Protocol):
    """A command of the command line.

    Its module is imported to show its `--help`: let it import nothing heavy before `run`.
    """

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command; the options of every command are already there."""

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Run the command and return the exit code.

        Args:
            arguments: parsed options; `argv` is the command line as the user wrote it.
            console: prints all output.

        Raises:
            StylekitError: the command failed for a reason that the user can understand.
        """
        raise NotImplementedError


class Commands:
    """The commands of a set of plugins.

    Attributes:
        catalogue: the components of these plugins.
    """

    def __init__(self, records: Iterable[PluginRecord]) -> None:
        self.catalogue = Catalogue(records)

    def listed(self) -> dict[str, Component[CommandSpec]]:
        """Return the commands by what the user writes, in the order of `stylekit --help`.

        That is the name, or `plugin:name` if several plugins have a command of that name.
        """
        components = sorted(self.catalogue.all(CommandSpec), key=lambda c: c.spec.rank)
        names = [component.spec.name for component in components]
        return {
            c.spec.name
            if names.count(c.spec.name) == 1 or c.plugin.origin == "built-in"
            else c.id: c
            for c in components
        }

    def find(self, name: str) -> tuple[str, Component[CommandSpec]]:
        """Find a command by its name, and return it with the name that it is listed under.

        Raises:
            UsageError: there is no such command, or several have the name.
        """
        listed = self.listed()
        if name in listed:
            return name, listed[name]
        component = self.catalogue.find(CommandSpec, name)
        return next((key, c) for key, c in listed.items() if c.id == component.id)


def load(component: Component[CommandSpec]) -> Command:
    """Import a command.

    Raises:
        PluginError: it does not load.
    """
    command: Command = load_object(component.spec.factory, component)()
    return command
