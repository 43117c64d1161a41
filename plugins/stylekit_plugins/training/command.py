"""`stylekit train`: train the networks of a method on the user's own images."""

from __future__ import annotations

import argparse
import logging
from typing import TYPE_CHECKING

from stylekit.cli.console import Console
from stylekit.cli.options import layers
from stylekit.machine.interrupts import exhaust
from stylekit_plugins.training.options import add_options

if TYPE_CHECKING:
    from stylekit.host import Host
    from stylekit_plugins.training.loop import TrainingResult

_log = logging.getLogger(f"stylekit.{__name__}")

_KEYS = (
    *("method", "domain_a", "domain_b", "test_a", "test_b", "masks_a", "masks_b", "out"),
    *("dataset", "test", "style", "epochs", "steps", "minutes", "stop_after"),
    *("size", "base_channels", "batch", "backbone", "style_loss", "weights"),
    *("seed", "device", "precision", "resume", "overwrite", "offline"),
)


class Train:
    """Trains a method."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        add_options(parser)

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
