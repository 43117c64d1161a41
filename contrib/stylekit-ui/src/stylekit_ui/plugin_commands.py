"""Commands of plugins, run in a worker process with the plugins that it has loaded."""

from __future__ import annotations

import argparse
import io
from collections.abc import Sequence

from stylekit.cli.commands import Commands
from stylekit.cli.console import Console
from stylekit.cli.main import make_parser
from stylekit.errors import Interrupted, to_user_error
from stylekit.host import Host


def run_command(host: Host, argv: Sequence[str]) -> str:
    """Run a command, from whichever plugin offers it, and return what it prints as JSON.

    Raises:
        StylekitError: the command fails.
        Interrupted: it was stopped.
    """
    commands = Commands(host.registry.records)
    argv = [commands.find(argv[0])[0], *argv[1:]]
    parser = make_parser(commands, argv[0])
    arguments = parser.parse_args(argv, argparse.Namespace(argv=argv))
    out = io.StringIO()
    try:
        # As JSON, so that it does not log the summary that the page shows.
        arguments.run(arguments, host, Console(json=True, quiet=True, out=out))
    except Interrupted:
        raise
    except Exception as error:
        raise to_user_error(error) from error
    return out.getvalue()
