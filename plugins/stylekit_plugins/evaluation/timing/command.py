"""`stylekit bench`: what methods, networks, losses, optimizers and sizes cost."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.cli.options import add_shared, layers
from stylekit.cli.values import takes
from stylekit.errors import Interrupted, UsageError
from stylekit_plugins.evaluation.console_table import print_table

if TYPE_CHECKING:
    from stylekit.evaluation.report import Table
    from stylekit.host import Host

_KEYS = (
    *("methods", "sweep", "content", "style", "size", "steps", "repeat", "warmup", "objective"),
    *("weights", "seed", "device", "precision", "offline"),
)


class BenchCommand:
    """Times methods side by side."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        parser.epilog = (
            "Examples:\n"
            "  stylekit bench gatys:vgg16 gatys:vgg19 --size 256 --steps 20\n"
            "  stylekit bench gatys --sweep optimizer=lbfgs,adam --out speed.json\n"
            "  stylekit bench gatys --sweep optimizer=lbfgs,adam --compare speed.json\n"
            "\n"
            "Each run is a separate process, and the methods take turns. Settings follow a method "
            "after a plus: gatys:vgg19+optimizer=adam+style_loss=gram; --sweep size=256,512 varies "
            "them. Losses can be compared only between methods that minimize the same objective."
        )
        add = parser.add_argument
        takes(
            add(
                "methods",
                metavar="METHOD",
                nargs="*",
                help="methods to time, METHOD[:BACKBONE][+KEY=VALUE...] each: {names}",
            ),
            "method",
        )
        add(
            "--sweep",
            metavar="KEY=V,V,...",
            action="append",
            help="run every method with each of these values; repeat for all combinations",
        )
        add(
            "--content",
            metavar="SRC",
            action="append",
            help="content image or video (default: a sample)",
        )
        add("--style", metavar="SRC", action="append", help="style image (default: a sample)")
        add("--size", metavar="PX", type=int, help="long side of the results in pixels")
        add("--steps", metavar="N", type=int, help="steps of the iterative methods")
        add("--repeat", metavar="N", type=int, help="runs of each method (default: 3)")
        add("--warmup", metavar="N", type=int, help="first steps that do not count (default: 2)")
        add(
            "--objective",
            metavar="X",
            type=float,
            help="also report the time to reach this total loss",
        )
        add(
            "--out",
            metavar="FILE",
            type=Path,
            help="JSON file for the report, with the time of every step",
        )
        add(
            "--compare",
            metavar="FILE",
            type=Path,
            nargs="+",
            help="compare with an earlier report; or, without methods, compare two reports",
        )
        add_shared(parser, "--config", "--set", "--weights", "--seed", "--device", "--precision")
        add_shared(parser, "--offline", "--overwrite")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Time; print the table, and the comparison with an earlier report."""
        from stylekit_plugins.evaluation.timing import benchmark, tables

        compared = arguments.compare or []
        if len(compared) > 1 + (not arguments.methods):
            raise UsageError("--compare takes one file, or two if no method is named.")
        earlier = [benchmark.read(path) for path in compared]
        if len(earlier) == 2 and not arguments.methods:
            _print(
                console, {"old": earlier[0], "new": earlier[1]}, tables.comparison_table(*earlier)
            )
            return 0
        report = _time(arguments, host, console)
        shown = [tables.result_table(report)]
        shown += [tables.comparison_table(old, report) for old in earlier]
        _print(console, report, *shown)
        return 2 if all(case["error"] for case in report["cases"]) else 0


def _time(arguments: argparse.Namespace, host: Host, console: Console) -> dict[str, Any]:
    """Return the report; it is written after each run, so that an interruption loses one run."""
    from stylekit.cli.main import blocked_names
    from stylekit.files.atomic import check_free, check_writable
    from stylekit.files.ownership import OwnFiles
    from stylekit_plugins.evaluation.comparison import checked, compare
    from stylekit_plugins.evaluation.timing import benchmark

    out, overwrite = arguments.out, arguments.overwrite
    if out is not None:
        check_free(out, overwrite)
        check_writable(out)
    files = OwnFiles(lambda _: overwrite)
    stated = layers(arguments, _KEYS, host.catalogue, benchmark.BenchmarkConfig)
    config = checked(host.catalogue, stated, benchmark.BenchmarkConfig)
    comparison = compare(config, host.catalogue)
    timing = benchmark.Benchmark(
        comparison,
        config,
        shlex.join(["stylekit", *arguments.argv]),
        block=blocked_names(arguments.block),
        builtins_only=arguments.no_plugins,
    )
    try:
        for report in timing.rounds():
            if out is not None:
                benchmark.write(report, out, files)
    except KeyboardInterrupt:
        where = f"; the finished runs are in {files.where(out)}" if out else ""
        raise Interrupted(f"Interrupted{where}.") from None
    return timing.report()


def _print(console: Console, report: dict[str, Any], *shown: Table) -> None:
    if console.json:
        console.object(report)
        return
    for table in shown:
        print_table(table, console)
