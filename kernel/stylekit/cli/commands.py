"""Commands: what `stylekit NAME` does is a component."""

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
        """Add the options of the command; those of every command are there already."""

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Do it, and return the exit code.

        Args:
            arguments: those of `add_arguments`; `argv` holds all arguments as the
                user typed them.
            console: takes all that is printed.

        Raises:
            StylekitError: what was wrong, for people.
        """
        raise NotImplementedError


class Commands:
    """The commands of a set of plugins."""

    def __init__(self, records: Iterable[PluginRecord]) -> None:
        self._catalogue = Catalogue(records)

    def listed(self) -> dict[str, Component[CommandSpec]]:
        """Return them by what the user writes: the name, or `plugin:name` if another has it too."""
        everything = self._catalogue.all(CommandSpec)
        names = [component.spec.name for component in everything]
        return {
            c.spec.name
            if names.count(c.spec.name) == 1 or c.plugin.origin == "built-in"
            else c.id: c
            for c in everything
        }

    def find(self, word: str) -> tuple[str, Component[CommandSpec]]:
        """Return the command that a word means, as it is listed.

        Raises:
            UsageError: there is none, or several have the name.
        """
        listed = self.listed()
        if word in listed:
            return word, listed[word]
        wanted = self._catalogue.find(CommandSpec, word)
        return next((name, c) for name, c in listed.items() if c.id == wanted.id)


def load(component: Component[CommandSpec]) -> Command:
    """Import a command.

    Raises:
        PluginError: it does not load.
    """
    command: Command = load_object(component.spec.factory, component)()
    return command
