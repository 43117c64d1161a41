"""`stylekit bench`: what methods, networks, losses, optimizers and sizes cost."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.cli.options import add_shared, layers
from stylekit.errors import Interrupted, UsageError
from stylekit_plugins.evaluation.console_table import print_table

if TYPE_CHECKING:
    from stylekit.evaluation.report import Table
    from stylekit.host import Host

_KEYS = (
    *("methods", "sweep", "content", "style", "size", "steps", "repeat", "warmup", "objective"),
    *("weights", "seed", "device", "precision", "offline"),
)


class Bench:
    """Times methods."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        parser.epilog = (
            "Each run is a process of its own, and the methods take turns. Settings follow a "
            "method after a plus: gatys:vgg19+optimizer=adam+style_loss=gram; --sweep size=256,512 "
            "goes through values. Losses compare only where the methods minimize the same."
        )
        add = parser.add_argument
        add(
            "methods",
            metavar="METHOD[:BACKBONE][+KEY=VALUE]",
            nargs="*",
            help="what to time; third-party components by their names, like any",
        )
        add(
            "--sweep",
            metavar="KEY=V,V,...",
            action="append",
            help="every method with each of these values; several: each combination",
        )
        add("--content", metavar="SRC", action="append", help="picture or clip")
        add("--style", metavar="SRC", action="append", help="picture")
        add("--size", metavar="PX", type=int, help="long side of the results in pixels")
        add("--steps", metavar="N", type=int, help="steps of the methods that take steps")
        add("--repeat", metavar="N", type=int, help="runs of each (3)")
        add("--warmup", metavar="N", type=int, help="first steps at a size, not counted (2)")
        add("--objective", metavar="X", type=float, help="tell the time to this total loss")
        add("--out", metavar="FILE", type=Path, help="JSON file with every single time")
        add(
            "--compare",
            metavar="FILE",
            type=Path,
            nargs="+",
            help="compare with an earlier --out; or, without methods, two of them",
        )
        add_shared(parser, "--config", "--set", "--weights", "--seed", "--device", "--precision")
        add_shared(parser, "--offline", "--overwrite")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Time; print the table, and the comparison."""
        from stylekit_plugins.evaluation.timing import bench, tables

        given = arguments.compare or []
        if len(given) > 1 + (not arguments.methods):
            raise UsageError("--compare takes one file, or two if no method is named.")
        earlier = [bench.read(path) for path in given]
        if len(earlier) == 2 and not arguments.methods:
            _print(console, {"old": earlier[0], "new": earlier[1]}, tables.compared(*earlier))
            return 0
        found = _timed(arguments, host, console)
        shown = [tables.results(found)]
        shown += [tables.compared(old, found) for old in earlier]
        _print(console, found, *shown)
        return 2 if all(case["error"] for case in found["cases"]) else 0


def _timed(arguments: argparse.Namespace, host: Host, console: Console) -> dict[str, Any]:
    """Return what was found; it is written after each run, so that a stop loses one at most."""
    from stylekit.cli.main import blocked_names
    from stylekit.files.atomic import check_free, check_writable
    from stylekit.files.ownership import OwnFiles
    from stylekit_plugins.evaluation.comparison import checked, compare
    from stylekit_plugins.evaluation.timing import bench

    out, overwrite = arguments.out, arguments.overwrite
    if out is not None:
        check_free(out, overwrite)
        check_writable(out)
    files = OwnFiles(lambda _: overwrite)
    stated = layers(arguments, _KEYS, host.catalogue, bench.BenchConfig)
    config = checked(host.catalogue, stated, bench.BenchConfig)
    comparison = compare(config, host.catalogue)
    timing = bench.Bench(
        comparison,
        config,
        shlex.join(["stylekit", *arguments.argv]),
        block=blocked_names(arguments.block),
        builtins_only=arguments.no_plugins,
    )
    try:
        for found in timing.rounds():
            if out is not None:
                bench.write(found, out, files)
    except KeyboardInterrupt:
        where = f"; what was found is in {files.where(out)}" if out else ""
        raise Interrupted(f"Interrupted{where}.") from None
    return timing.found()


def _print(console: Console, found: dict[str, Any], *shown: Table) -> None:
    if console.json:
        console.object(found)
        return
    for table in shown:
        print_table(table, console)
