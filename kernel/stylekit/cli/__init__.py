"""The command line: `Command` is what a plugin implements, the rest is what commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stylekit.machine.lazy_names import lazy_names

if TYPE_CHECKING:
    from stylekit.cli.commands import Command
    from stylekit.cli.console import Console
    from stylekit.cli.options import add_shared, layers
    from stylekit.cli.values import takes

__all__ = ["Command", "Console", "add_shared", "layers", "takes"]

__getattr__ = lazy_names(
    __name__,
    {
        "commands": "Command",
        "console": "Console",
        "options": "add_shared layers",
        "values": "takes",
    },
)
