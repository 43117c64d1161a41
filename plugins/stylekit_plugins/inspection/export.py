"""`stylekit export`: a single-network method as an ONNX or PT2 file."""

from __future__ import annotations

import argparse
import logging
from typing import TYPE_CHECKING

from stylekit.cli.console import Console
from stylekit.cli.options import add_shared, layers
from stylekit.cli.values import SOURCE, takes

if TYPE_CHECKING:
    from stylekit.host import Host

_log = logging.getLogger(f"stylekit.{__name__}")


class Export:
    """Exports a method for programs that run without stylekit."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        parser.epilog = (
            "The exported network maps an RGB image of shape (1, 3, H, W) in [0, 1] to another. "
            "Before the file is written, it is run on an image of another size."
        )
        add = parser.add_argument
        add("--method", metavar="METHOD", required=True, help="single-network method to export")
        add(
            "--out",
            metavar="FILE",
            required=True,
            help="file to write: FILE.onnx (ONNX), FILE.pt2 (torch.export) or FILE.pth (for "
            "pytorch/examples, of networks with its layers)",
        )
        takes(
            add(
                "--style",
                metavar="SRC[*WEIGHT]",
                nargs="+",
                action="extend",
                help="style of a method that takes some; repeatable: a blend",
            ),
            SOURCE,
        )
        add_shared(parser, "--set", "--weights", "--overwrite", "--offline")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Export the method and print the path of the file."""
        from stylekit.runs.config import RunConfig

        keys = ("method", "style", "weights", "out", "overwrite", "offline")
        # Other programs and machines compute in float32.
        stated = layers(arguments, keys, host.catalogue, RunConfig, precision="exact")
        plan = host.plan(*stated)
        # Imported late: a misspelled name is an error before torch loads.
        from stylekit_plugins.inspection.network_export import export

        exported = export(plan, arguments.style or ())
        path = exported.artifact.path
        console.results(
            [path],
            {
                "artifacts": [str(path)],
                "record": str(exported.artifact.record),
                "difference": exported.difference,
            },
        )
        if exported.difference is not None and not console.json:
            _log.info(
                f"Largest difference between the file's result and stylekit's: "
                f"{exported.difference:.1e} (values are in [0, 1])."
            )
        return 0
