"""`stylekit export`: a method that is one network, as a file for other programs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from stylekit.cli.console import Console
from stylekit.cli.options import add_shared, layers

if TYPE_CHECKING:
    from stylekit.host import Host


class Export:
    """Writes a method to a file."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        parser.epilog = (
            "The file takes a picture (1, 3, H, W) in [0, 1] and returns one. It is tried on a "
            "picture of another size before it gets its name."
        )
        add = parser.add_argument
        add("--method", metavar="M", required=True, help="method to export")
        add("--out", metavar="FILE", required=True, help="FILE.onnx or FILE.pt2 (torch.export)")
        add_shared(parser, "--set", "--weights", "--overwrite", "--offline")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Export; print the path."""
        from stylekit.runs.config import RunConfig
        from stylekit.runs.plan import make_plan

        keys = ("method", "weights", "out", "overwrite", "offline")
        # Other programs and machines are to compute what this one does.
        stated = layers(arguments, keys, host.catalogue, RunConfig, precision="float32")
        plan = make_plan(host.catalogue, stated, console.tell)
        # Only now: a misspelled name should not have to wait for torch.
        from stylekit_plugins.inspection.network_export import export

        exported = export(plan, console.tell)
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
            console.tell(
                f"Its results differ from stylekit's by {exported.difference:.1e} at most."
            )
        return 0
