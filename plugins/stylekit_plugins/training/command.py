"""`stylekit train`: train the networks of a method on the user's own images."""

from __future__ import annotations

import argparse
import logging
from typing import TYPE_CHECKING

from stylekit.cli.console import Console
from stylekit.cli.options import add_shared, layers
from stylekit.machine.interrupts import exhaust

if TYPE_CHECKING:
    from stylekit.host import Host
    from stylekit_plugins.training.loop import TrainingResult

_log = logging.getLogger(f"stylekit.{__name__}")

_KEYS = (
    *("method", "domain_a", "domain_b", "test_a", "test_b", "masks_a", "masks_b", "out"),
    *("epochs", "stop_after", "size", "base_channels", "batch", "seed", "device", "precision"),
    *("resume", "overwrite", "offline"),
)


class Train:
    """Trains a method."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        parser.epilog = (
            "The output folder holds a checkpoint, the trained networks (for `stylekit run "
            "--weights FILE`), a sample sheet for each epoch, and the history of losses and "
            "metrics. All other settings are parameters: `stylekit describe METHOD`, "
            "--set METHOD.KEY=VALUE."
        )
        add = parser.add_argument
        add("--method", metavar="METHOD", help="method to train (cyclegan)")
        add(
            "--domain-a",
            metavar="SRC",
            action="append",
            help="images to translate, for example a folder",
        )
        add("--domain-b", metavar="SRC", action="append", help="images of the target domain")
        add("--test-a", metavar="SRC", action="append", help="images of A for sheets and metrics")
        add("--test-b", metavar="SRC", action="append", help="images of B for metrics")
        add(
            "--masks-a",
            metavar="SRC",
            help="area of A that may change: a folder of masks, or a region",
        )
        add("--masks-b", metavar="SRC", help="area of B that may change")
        add("--out", metavar="DIR", help="output folder (default: training)")
        add("--epochs", metavar="N", type=int, help="passes over the larger domain (default: 200)")
        add("--stop-after", metavar="N", type=int, help="stop after this epoch; --resume continues")
        add("--size", metavar="PX", type=int, help="side of the training crops in pixels")
        add("--base-channels", metavar="N", type=int, help="channels of each network's first layer")
        add("--batch", metavar="N", type=int, help="pairs of images in each step")
        add(
            "--evaluate",
            metavar="METRIC",
            action="append",
            help="metric per epoch (repeatable); the first selects the best checkpoint",
        )
        add_shared(parser, "--config", "--set", "--seed", "--device", "--precision")
        add_shared(parser, "--resume", "--overwrite", "--offline")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Train; print the paths of the networks."""
        from stylekit_plugins.training.plan import TrainingConfig, make_training_plan

        stated = layers(
            *(arguments, _KEYS, host.catalogue, TrainingConfig), evaluators=arguments.evaluate
        )
        plan = make_training_plan(host.catalogue, stated)
        # Only now: a misspelled name should not have to wait for torch.
        from stylekit_plugins.training.loop import TrainingRun

        training = TrainingRun(plan, host.registry.manager, console.quiet)
        exhaust(iter(training))
        _print(training.result, console)
        return 0


def _print(result: TrainingResult, console: Console) -> None:
    console.results((artifact.path for artifact in result.artifacts), result.to_json())
    if console.json:
        return
    _log.info(f"Done: {result.steps} steps in {result.seconds:.1f} s.")
