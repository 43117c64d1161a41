"""The options of `stylekit train`, in groups."""

from __future__ import annotations

import argparse

from stylekit.cli.options import add_shared
from stylekit.cli.values import FOLDER, SOURCE, takes


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog = (
        "Examples (with --resume, they continue after an interruption):\n"
        "  stylekit train --method cyclegan --domain-a summer/ --domain-b winter/ --out season\n"
        "  stylekit train --method fast --style night.jpg --minutes 10 --out night\n"
        "\n"
        "The output folder holds a checkpoint, the trained networks (for `stylekit run --weights "
        "FILE`), sample sheets, and the history of losses and metrics. All other "
        "settings are parameters: `stylekit describe METHOD`, --set METHOD.KEY=VALUE."
    )
    _inputs(parser.add_argument_group("Input and output"))
    _training(parser.add_argument_group("Training"))
    execution = parser.add_argument_group("Execution")
    add_shared(execution, "--device", "--precision", "--seed", "--offline")


def _inputs(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    for name, metavar, text in (
        ("--style", "SRC[*WEIGHT]", "style images that one network learns"),
        ("--dataset", "SRC", "images that it learns to paint (default: the sample photographs)"),
        ("--test", "SRC", "images of its kind for sheets and metrics"),
        ("--domain-a", "SRC", "images to translate, for example a folder"),
        ("--domain-b", "SRC", "images of the target domain"),
        ("--test-a", "SRC", "images of A for sheets and metrics"),
        ("--test-b", "SRC", "images of B for metrics"),
    ):
        takes(add(name, metavar=metavar, nargs="+", action="extend", help=text), SOURCE)
    takes(
        add(
            "--masks-a",
            metavar="SRC",
            help="area of A that may change: a folder of masks, or a region",
        ),
        *(FOLDER, "region"),
    )
    takes(add("--masks-b", metavar="SRC", help="area of B that may change"), *(FOLDER, "region"))
    takes(add("--out", metavar="DIR", help="output folder (default: training)"), FOLDER)
    add_shared(group, "--overwrite", "--resume")


def _training(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    takes(
        add("--method", metavar="METHOD", help="method to train: {names} (required)"),
        "trainable method",
    )
    add(
        "--minutes",
        metavar="N",
        type=float,
        help="time to train, for methods that count it (default: the method's)",
    )
    add("--steps", metavar="N", type=int, help="likewise in steps; whichever ends first")
    add("--epochs", metavar="N", type=int, help="passes over the larger domain (default: 200)")
    add("--stop-after", metavar="N", type=int, help="stop after this epoch; --resume continues")
    add("--size", metavar="PX", type=int, help="side of the training crops in pixels")
    add("--base-channels", metavar="N", type=int, help="channels of each network's first layer")
    add("--batch", metavar="N", type=int, help="crops in each step, or pairs of images")
    takes(
        add("--backbone", metavar="BACKBONE", help="network whose features are compared: {names}"),
        "backbone",
    )
    takes(
        add("--style-loss", metavar="LOSS", help="loss that compares style: {names}"),
        "style loss",
    )
    takes(
        add(
            "--evaluate",
            metavar="METRIC",
            action="append",
            help="metric per epoch (repeatable); the first selects the best checkpoint",
        ),
        "metric",
    )
    add_shared(group, "--weights", "--set", "--config")
