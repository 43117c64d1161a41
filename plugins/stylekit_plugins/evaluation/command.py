"""`stylekit evaluate NAME`: measure results, classify pictures, or do an experiment."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stylekit.cli.console import Console
from stylekit.cli.options import add_shared, layers
from stylekit.errors import Interrupted
from stylekit_plugins.evaluation.console_table import print_table

if TYPE_CHECKING:
    from stylekit.evaluation.report import Report
    from stylekit.host import Host
    from stylekit_plugins.evaluation.plan import EvaluationPlan

_KEYS = (
    *("evaluator", "result", "content", "style", "dataset", "methods", "sweep", "out"),
    *("size", "steps", "weights", "seed", "device", "precision", "offline", "executor"),
)

DEFAULT_OUT = "evaluation"
"""Folder of an experiment whose user names none."""


class Evaluate:
    """Measures, classifies, or does an experiment."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        parser.epilog = (
            "An evaluator of results needs --result, --content and --style; folders are batches, "
            "in which cat-night.png is of cat.jpg. A classifier needs --content. An experiment "
            "makes its own results, of --dataset, with --methods and --styles. `stylekit "
            "list-plugins` shows the evaluators, `stylekit describe NAME` parameters, --set "
            "NAME.KEY=VALUE sets them."
        )
        add = parser.add_argument
        add("evaluator", metavar="NAME", help="evaluator: NAME or plugin:NAME")
        add("--result", metavar="SRC", nargs="+", action="extend", help="what to measure")
        add("--content", metavar="SRC", nargs="+", action="extend", help="what it was made of")
        add(
            *("--style", "--styles"),
            metavar="SRC[@WHEN][*WEIGHT]",
            nargs="+",
            action="extend",
            help="its styles, as in `stylekit run`; in an experiment, each on its own",
        )
        add("--dataset", metavar="DIR", help="pictures of an experiment")
        add(
            "--methods",
            metavar="METHOD[:BACKBONE][+KEY=VALUE]",
            nargs="+",
            action="extend",
            help="methods of an experiment",
        )
        add(
            "--sweep",
            metavar="KEY=V,V,...",
            action="append",
            help="every method with each of these values; several: each combination",
        )
        add("--out", metavar="DIR", help=f"folder to write (for an experiment: {DEFAULT_OUT})")
        add("--size", metavar="PX", type=int, help="long side of an experiment's results in pixels")
        add("--steps", metavar="N", type=int, help="steps of the methods that take steps")
        add("--executor", metavar="E", help="what makes an experiment's results, here or elsewhere")
        add_shared(parser, "--config", "--set", "--weights", "--seed", "--device", "--precision")
        add_shared(parser, "--offline", "--overwrite")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Evaluate; print the tables, and where the files are."""
        from stylekit_plugins.evaluation.plan import EvaluationConfig, make_evaluation_plan

        plan = make_evaluation_plan(
            host.catalogue,
            layers(arguments, _KEYS, host.catalogue, EvaluationConfig),
            lambda line: console.tell(f"Warning: {line}"),
        )
        scope = plan.evaluator.spec.scope
        out = plan.config.out or (DEFAULT_OUT if scope == "experiment" else None)
        if out is None:
            _print(_measured(plan, console), [], console)
            return 0
        # Only now: a misspelled name should not have to wait for torch.
        from stylekit.files.locks import lock_folder
        from stylekit_plugins.evaluation.report_files import refuse_other_report, write_report

        digest, overwrite = plan.digest(), arguments.overwrite
        refuse_other_report(Path(out), digest, overwrite)
        with lock_folder(Path(out), lambda line: console.tell(f"Warning: {line}")):
            report = (
                _experiment(host, plan, Path(out), arguments.words, console)
                if scope == "experiment"
                else _measured(plan, console)
            )
            paths = write_report(
                report, Path(out), digest, overwrite, lambda line: console.tell(f"Warning: {line}")
            )
        _print(report, paths, console)
        return 0


def _measured(plan: EvaluationPlan, console: Console) -> Report:
    """Return what is found in pictures that are there."""
    if plan.evaluator.spec.scope == "classifier":
        from stylekit_plugins.evaluation.classify import classified

        return classified(plan, console.tell)
    from stylekit_plugins.evaluation.measure import Measuring

    return Measuring(plan, console.tell).report()


def _experiment(
    host: Host, plan: EvaluationPlan, out: Path, words: Sequence[str], console: Console
) -> Report:
    from stylekit.evaluation.experiment import Experiment
    from stylekit.machine import devices
    from stylekit_plugins.evaluation.context import Workbench

    devices.give_back_freed_memory(above=12)
    bench = Workbench(
        plan,
        host.registry.manager,
        out,
        tell=console.tell,
        debug=console.trace,
        command=shlex.join(["stylekit", *words]),
    )
    experiment: Experiment = plan.evaluator.make()
    try:
        return experiment.experiment(bench)
    except KeyboardInterrupt:
        raise Interrupted(
            "Interrupted; the pictures that are done are kept.",
            "The same command goes on from there.",
        ) from None


def _print(report: Report, paths: list[Path], console: Console) -> None:
    if console.json:
        console.object({**report.to_json(), "files": [str(path) for path in paths]})
        return
    for table in report.tables:
        print_table(table, console)
    for path in paths:
        console.tell(str(path))
