"""`stylekit ui`: the web page."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from stylekit.cli.console import Console

if TYPE_CHECKING:
    from stylekit.host import Host

_log = logging.getLogger(f"stylekit.{__name__}")

FOLDER = Path("stylekit-runs")
AT_ONCE = 2


class Ui:
    """Serves the page until Ctrl-C."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        add = parser.add_argument
        add("--port", metavar="N", type=int, help="port on 127.0.0.1 (default: a free one)")
        add(
            "--folder",
            metavar="DIR",
            type=Path,
            default=FOLDER,
            help=f"folder for results and their records (default: {FOLDER})",
        )
        add(
            "--at-once",
            metavar="N",
            type=int,
            default=AT_ONCE,
            help=f"number of runs at the same time; others wait (default: {AT_ONCE})",
        )
        add(
            "--allow-host",
            metavar="NAME",
            action="append",
            default=[],
            help="also answer to this host name, such as that of a proxy (repeatable)",
        )
        add("--no-browser", action="store_true", help="print the address, open no browser")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Serve the page; on Ctrl-C, save the results of running jobs."""
        from stylekit_ui.server import Server

        server = Server(
            host,
            argv=arguments.argv,
            folder=arguments.folder,
            at_once=arguments.at_once,
            hosts=arguments.allow_host,
        )
        address = server.open(arguments.port, browser=not arguments.no_browser)
        try:
            if console.json:
                console.object({"url": address, "folder": str(server.folder)})
            else:
                console.data(address)
                _log.info(f"Results are written to {server.folder}. Press Ctrl-C to quit.")
            server.wait()
        except KeyboardInterrupt:
            _log.info("Running jobs stop and keep their best results.")
        finally:
            server.close()
        return 0
