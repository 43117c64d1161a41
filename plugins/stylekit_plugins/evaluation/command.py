"""`stylekit evaluate NAME`: score results, classify images, or run an experiment."""

from __future__ import annotations

import argparse
import logging
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stylekit.cli.console import Console
from stylekit.cli.options import add_shared, layers
from stylekit.cli.values import FOLDER, takes
from stylekit.errors import Interrupted
from stylekit.specs import ClassifierSpec, ExperimentSpec
from stylekit_plugins.evaluation.console_table import print_table

if TYPE_CHECKING:
    from stylekit.evaluation.report import Report
    from stylekit.host import Host
    from stylekit_plugins.evaluation.plan import EvaluationPlan

_log = logging.getLogger(f"stylekit.{__name__}")

_KEYS = (
    *("evaluator", "result", "content", "style", "dataset", "methods", "sweep", "out"),
    *("size", "steps", "weights", "seed", "device", "precision", "offline", "executor"),
)

DEFAULT_OUT = "evaluation"
"""Folder of an experiment if the user names none."""


class Evaluate:
    """Scores, classifies, or runs an experiment."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        parser.epilog = (
            "Examples:\n"
            "  stylekit evaluate style --result out.png --style night.jpg\n"
            "  stylekit evaluate resnet50 --content me.jpg\n"
            "  stylekit evaluate content-retention --dataset pets --methods gatys --style a.jpg\n"
            "\n"
            "A metric scores --result, given --content and --style; with folders it scores "
            "batches, in which cat-night.png is a result of cat.jpg. A classifier classifies "
            "--content. An experiment makes its own results from --dataset with --methods and "
            "--styles. `stylekit list-plugins` lists all three, `stylekit describe NAME` shows "
            "their parameters, and --set NAME.KEY=VALUE sets them."
        )
        inputs = parser.add_argument_group("Input and output")
        takes(
            parser.add_argument(
                "evaluator",
                metavar="NAME",
                help="metric, classifier or experiment: {names}; or plugin:name",
            ),
            *("metric", "classifier", "experiment"),
        )
        add = inputs.add_argument
        add(
            "--result",
            metavar="SRC",
            nargs="+",
            action="extend",
            help="results to score: images, videos or folders",
        )
        add(
            "--content",
            metavar="SRC",
            nargs="+",
            action="extend",
            help="content of the results, matched by name; or images to classify",
        )
        add(
            *("--style", "--styles"),
            metavar="SRC",
            nargs="+",
            action="extend",
            help="styles of the results, as in `stylekit run`; an experiment uses each style alone",
        )
        add(
            "--out",
            metavar="DIR",
            help=f"folder for the report and its files (default: {DEFAULT_OUT} for an experiment, "
            "otherwise none)",
        )
        add_shared(inputs, "--overwrite")
        experiment = parser.add_argument_group("Experiment")
        add = experiment.add_argument
        takes(
            add("--dataset", metavar="DIR", help="labeled images: a folder for each class"),
            FOLDER,
        )
        add(
            "--methods",
            metavar="METHOD",
            nargs="+",
            action="extend",
            help="methods to compare, METHOD[:BACKBONE][+KEY=VALUE...] each",
        )
        add(
            "--sweep",
            metavar="KEY=V,V,...",
            action="append",
            help="run every method with each of these values; repeat for all combinations",
        )
        add("--size", metavar="PX", type=int, help="long side of an experiment's results in pixels")
        add("--steps", metavar="N", type=int, help="steps of an experiment's iterative methods")
        execution = parser.add_argument_group("Execution")
        add_shared(execution, "--weights", "--set", "--config", "--device", "--precision", "--seed")
        add_shared(execution, "--offline")
        takes(
            execution.add_argument(
                "--executor",
                metavar="EXECUTOR",
                help="where an experiment makes its results: {names} (default: {default})",
            ),
            "executor",
        )

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Evaluate; print the tables and the paths of the files."""
        from stylekit_plugins.evaluation.plan import EvaluationConfig, make_evaluation_plan

        plan = make_evaluation_plan(
            host.catalogue,
            layers(arguments, _KEYS, host.catalogue, EvaluationConfig),
        )
        is_experiment = isinstance(plan.evaluator.spec, ExperimentSpec)
        out = plan.config.out or (DEFAULT_OUT if is_experiment else None)
        if out is None:
            _print(_evaluate(plan, console), [], console)
            return 0
        # Imported late: an error in the arguments is reported before torch loads.
        from stylekit.files.locks import lock_folder
        from stylekit_plugins.evaluation.report_files import refuse_other_report, write_report

        digest, overwrite = plan.digest(), arguments.overwrite
        refuse_other_report(Path(out), digest, overwrite)
        with lock_folder(Path(out)):
            report = (
                _run_experiment(host, plan, Path(out), arguments.argv, console)
                if is_experiment
                else _evaluate(plan, console)
            )
            paths = write_report(report, Path(out), digest, overwrite)
        _print(report, paths, console)
        return 0


def _evaluate(plan: EvaluationPlan, console: Console) -> Report:
    """Score or classify images that exist already."""
    if isinstance(plan.evaluator.spec, ClassifierSpec):
        from stylekit_plugins.evaluation.classify import classify

        return classify(plan)
    from stylekit_plugins.evaluation.measure import Measurement

    return Measurement(plan).report()


def _run_experiment(
    host: Host, plan: EvaluationPlan, out: Path, argv: Sequence[str], console: Console
) -> Report:
    from stylekit.evaluation.experiment import Experiment
    from stylekit.machine import devices
    from stylekit_plugins.evaluation.context import Context

    devices.give_back_freed_memory(above=12)
    context = Context(
        plan,
        host.registry.manager,
        out,
        command=shlex.join(["stylekit", *argv]),
    )
    experiment: Experiment = plan.evaluator.make()
    try:
        return experiment.run(context)
    except KeyboardInterrupt:
        raise Interrupted(
            "Interrupted; finished images are kept.", "Run the same command again to resume."
        ) from None


def _print(report: Report, paths: list[Path], console: Console) -> None:
    if console.json:
        console.object({**report.to_json(), "files": [str(path) for path in paths]})
        return
    for table in report.tables:
        print_table(table, console)
    for path in paths:
        _log.info(str(path))
