"""The host that a command works with, made from the options of every command."""

from __future__ import annotations

import argparse

from stylekit.cli.console import Console
from stylekit.cli.main import blocked_names
from stylekit.host import Host


def make_host(arguments: argparse.Namespace, console: Console) -> Host:
    """Load the permitted plugins; warn once about each that does not work."""
    host = Host(blocked=blocked_names(arguments.block), builtins_only=arguments.no_plugins)
    for record in host.registry.records:
        if record.status in ("broken", "incompatible"):
            console.tell(f"Warning: plugin '{record.name}' is {record.status}: {record.error}.")
            if record.details:
                console.trace(record.details)
    if not host.registry.records:
        console.tell("Warning: no plugins found; is stylekit installed (pip install stylekit)?")
    return host
