"""`stylekit train`: the networks of a method, on pictures of the user's own."""

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
            "The folder gets a checkpoint, the trained networks (`stylekit run --weights FILE`), a "
            "sample sheet for each epoch and the history of losses and measures. Everything that "
            "is no option here is a parameter: `stylekit describe METHOD`, --set METHOD.KEY=VALUE."
        )
        add = parser.add_argument
        add("--method", metavar="M", help="method to train (cyclegan)")
        add("--domain-a", metavar="SRC", action="append", help="pictures to translate: a folder")
        add("--domain-b", metavar="SRC", action="append", help="pictures as they are to become")
        add("--test-a", metavar="SRC", action="append", help="of A, for sheets and measures")
        add("--test-b", metavar="SRC", action="append", help="of B, for measures")
        add("--masks-a", metavar="SRC", help="what may be changed of A: masks by name, or a region")
        add("--masks-b", metavar="SRC", help="likewise for B")
        add("--out", metavar="DIR", help="folder to write (training)")
        add("--epochs", metavar="N", type=int, help="passes over the larger domain (200)")
        add("--stop-after", metavar="N", type=int, help="stop after this epoch; --resume goes on")
        add("--size", metavar="PX", type=int, help="side of the crops that are trained on")
        add("--base-channels", metavar="N", type=int, help="channels of the networks' first layers")
        add("--batch", metavar="N", type=int, help="pairs of pictures in each step")
        add("--evaluate", metavar="E", action="append", help="measures each epoch; first decides")
        add_shared(parser, "--config", "--set", "--seed", "--device", "--precision")
        add_shared(parser, "--resume", "--overwrite", "--offline")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Train; print where the networks are."""
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
