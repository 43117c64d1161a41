"""`stylekit evaluate NAME`: measure results, classify pictures, or do an experiment."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.cli.hosting import make_host
from stylekit.errors import Interrupted

if TYPE_CHECKING:
    from stylekit.evaluation_plan import EvaluationPlan
    from stylekit.host import Host
    from stylekit.report import Report, Table

_KEYS = (
    "evaluator",
    "result",
    "content",
    "style",
    "dataset",
    "methods",
    "sweep",
    "out",
    "size",
    "steps",
    "weights",
    "seed",
    "device",
    "precision",
)

DEFAULT_OUT = "evaluation"
"""Folder of an experiment whose user names none."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog = (
        "An evaluator of results needs --result, --content and --style; folders are batches, in "
        "which cat-night.png is of cat.jpg. A classifier needs --content. An experiment makes its "
        "own results, of --dataset, with --methods and --styles. `stylekit list-plugins` shows the "
        "evaluators, `stylekit describe NAME` parameters, --set NAME.KEY=VALUE sets them."
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
    add("--config", metavar="FILE", type=Path, help="TOML file")
    add("--set", metavar="KEY=VALUE", action="append", default=[], help="set a parameter")
    add("--weights", metavar="W", action="append", help="a name, or NETWORK= and a name or file")
    add("--seed", metavar="N", type=int, help="seed of every random number (default 0)")
    add("--device", metavar="D", help="auto, cpu, cuda, cuda:N or mps")
    add("--precision", metavar="F", help="auto, float32 or bfloat16 inside the networks")
    add("--offline", action="store_true", help="never touch the network")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Evaluate; print the tables, and where the files are."""
    from stylekit.config import read_config, settings_layer
    from stylekit.evaluation_plan import make_evaluation_plan

    layers: list[dict[str, Any]] = [settings_layer(arguments.set), _flags(arguments)]
    if arguments.config is not None:
        layers.insert(0, read_config(arguments.config))
    host = make_host(arguments, console)
    plan = make_evaluation_plan(
        host.catalogue, layers, lambda line: console.tell(f"Warning: {line}")
    )
    scope = plan.evaluator.spec.scope
    out = plan.config.out or (DEFAULT_OUT if scope == "experiment" else None)
    if out is None:
        _print(_measured(plan, console), [], console)
        return 0
    # Only now: a misspelt name should not have to wait for torch.
    from stylekit.locking import locked
    from stylekit.report import write_report

    with locked(Path(out)):
        report = (
            _experiment(host, plan, Path(out), arguments.words, console)
            if scope == "experiment"
            else _measured(plan, console)
        )
        paths = write_report(report, Path(out))
    _print(report, paths, console)
    return 0


def _measured(plan: EvaluationPlan, console: Console) -> Report:
    """Return what is found in pictures that are there."""
    if plan.evaluator.spec.scope == "classifier":
        from stylekit.classifying import classified

        return classified(plan, console.tell)
    from stylekit.measuring import Measuring

    return Measuring(plan, console.tell).report()


def _experiment(
    host: Host, plan: EvaluationPlan, out: Path, words: Sequence[str], console: Console
) -> Report:
    from stylekit import devices
    from stylekit.bench import Bench, Experiment

    devices.give_back_freed_memory(above=12)
    bench = Bench(
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
        _print_table(table, console)
    for path in paths:
        console.tell(str(path))


def _print_table(table: Table, console: Console) -> None:
    console.data(table.title)
    console.table(table.columns, ([_text(cell) for cell in row] for row in table.rows))
    console.data("")


def _text(cell: str | float | int | None) -> str:
    if cell is None:
        return "-"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)


def _flags(arguments: argparse.Namespace) -> dict[str, Any]:
    """Turn the options that were given into a layer of configuration."""
    layer = {key: getattr(arguments, key) for key in _KEYS}
    layer["offline"] = arguments.offline or None
    return {key: value for key, value in layer.items() if value is not None}
