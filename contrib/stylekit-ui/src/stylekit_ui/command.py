"""`stylekit ui`: a page in the browser."""

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
        add("--port", metavar="N", type=int, help="port of 127.0.0.1 (default: a free one)")
        add(
            "--folder",
            metavar="DIR",
            type=Path,
            default=FOLDER,
            help=f"where pictures and their records go (default: {FOLDER})",
        )
        add(
            "--at-once",
            metavar="N",
            type=int,
            default=AT_ONCE,
            help=f"runs at the same time; further ones wait (default: {AT_ONCE})",
        )
        add(
            "--allow-host",
            metavar="NAME",
            action="append",
            default=[],
            help="a further name that the page answers to, that of a proxy before it; repeatable",
        )
        add("--no-browser", action="store_true", help="only say where the page is")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Serve the page, say where it is, and keep what is running when Ctrl-C comes."""
        from stylekit_ui.server import Server

        server = Server(
            host,
            words=arguments.words,
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
                _log.info(f"Pictures go to {server.folder}. Ctrl-C ends it.")
            server.wait()
        except KeyboardInterrupt:
            _log.info("What was running is kept.")
        finally:
            server.close()
        return 0
