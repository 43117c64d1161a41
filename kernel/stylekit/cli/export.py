"""`stylekit export`: a method that is one network, as a file for other programs."""

from __future__ import annotations

import argparse

from stylekit.cli.console import Console
from stylekit.cli.hosting import make_host


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog = (
        "The file takes a picture (1, 3, H, W) in [0, 1] and returns one. It is tried on a picture "
        "of another size before it gets its name."
    )
    add = parser.add_argument
    add("--method", metavar="M", required=True, help="method to export")
    add("--weights", metavar="W", action="append", help="auto, a name, a file, or NETWORK=one")
    add("--out", metavar="FILE", required=True, help="FILE.onnx or FILE.pt2 (torch.export)")
    add("--set", metavar="KEY=VALUE", action="append", default=[], help="set a parameter")
    add("--overwrite", action="store_true", help="replace an existing file")
    add("--offline", action="store_true", help="never touch the network")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Export; print the path."""
    from stylekit.config import settings_layer
    from stylekit.plan import make_plan

    host = make_host(arguments, console)
    flags = {key: getattr(arguments, key) for key in ("method", "weights", "out")}
    flags |= {key: getattr(arguments, key) or None for key in ("overwrite", "offline")}
    # Other programs and machines are to compute what this one does.
    layer = {"precision": "float32", **{k: v for k, v in flags.items() if v is not None}}
    plan = make_plan(host.catalogue, [layer, settings_layer(arguments.set)], console.tell)
    # Only now: a misspelt name should not have to wait for torch.
    from stylekit.export import export

    exported = export(plan, console.tell)
    if console.json:
        console.object(
            {
                "artifacts": [str(exported.artifact.path)],
                "record": str(exported.artifact.record),
                "difference": exported.difference,
            }
        )
        return 0
    console.data(str(exported.artifact.path))
    if exported.difference is not None:
        console.tell(f"Its results differ from stylekit's by {exported.difference:.1e} at most.")
    return 0
