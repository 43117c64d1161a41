"""`stylekit train`: the networks of a method, on pictures of the user's own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.cli.hosting import make_host

if TYPE_CHECKING:
    from stylekit.training_run import TrainingResult

_KEYS = (
    "method",
    "domain_a",
    "domain_b",
    "test_a",
    "test_b",
    "masks_a",
    "masks_b",
    "out",
    "epochs",
    "stop_after",
    "size",
    "width",
    "batch",
    "seed",
    "device",
    "precision",
)
_SWITCHES = ("resume", "overwrite", "offline")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog = (
        "The folder gets a checkpoint, the trained networks (`stylekit run --weights FILE`), a "
        "sample sheet for each epoch and the history of losses and measures. Everything that is no "
        "option here is a parameter: `stylekit describe METHOD`, --set METHOD.KEY=VALUE."
    )
    add = parser.add_argument
    add("--method", metavar="M", help="method to train (cyclegan)")
    add("--domain-a", metavar="SRC", action="append", help="pictures to translate: a folder")
    add("--domain-b", metavar="SRC", action="append", help="pictures as they are to become")
    add("--test-a", metavar="SRC", action="append", help="pictures of A for sheets and measures")
    add("--test-b", metavar="SRC", action="append", help="pictures of B for measures")
    add("--masks-a", metavar="SRC", help="what may be changed of A: masks by name, or a region")
    add("--masks-b", metavar="SRC", help="likewise for B")
    add("--out", metavar="DIR", help="folder to write (training)")
    add("--epochs", metavar="N", type=int, help="passes over the larger domain (200)")
    add("--stop-after", metavar="N", type=int, help="stop after this epoch; --resume goes on")
    add("--size", metavar="PX", type=int, help="side of the crops that are trained on")
    add("--width", metavar="N", type=int, help="channels of the networks' first layers")
    add("--batch", metavar="N", type=int, help="pairs of pictures in each step")
    add("--evaluate", metavar="E", action="append", help="measure each epoch; the first decides")
    add("--config", metavar="FILE", type=Path, help="TOML file, or the record of a network")
    add("--set", metavar="KEY=VALUE", action="append", default=[], help="set a parameter")
    add("--seed", metavar="N", type=int, help="seed of every random number (default 0)")
    add("--device", metavar="D", help="auto, cpu, cuda, cuda:N or mps")
    add("--precision", metavar="F", help="auto, float32 or bfloat16 inside the networks")
    add("--resume", action="store_true", help="go on with what was stopped")
    add("--overwrite", action="store_true", help="begin again, over what is there")
    add("--offline", action="store_true", help="never touch the network")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Train; print where the networks are."""
    from stylekit.config import read_config, settings_layer
    from stylekit.training_plan import make_training_plan

    layers: list[dict[str, Any]] = [settings_layer(arguments.set), _flags(arguments)]
    if arguments.config is not None:
        layers.insert(0, read_config(arguments.config))
    host = make_host(arguments, console)
    plan = make_training_plan(host.catalogue, layers)
    # Only now: a misspelt name should not have to wait for torch.
    from stylekit.training_run import TrainingRun

    training = TrainingRun(
        plan, host.registry.manager, console.quiet, tell=console.tell, debug=console.trace
    )
    for _ in training:
        pass
    _print(training.result, console)
    return 0


def _print(result: TrainingResult, console: Console) -> None:
    if console.json:
        console.object(result.to_json())
        return
    for artifact in result.artifacts:
        console.data(str(artifact.path))
    console.tell(f"Done: {result.steps} steps in {result.seconds:.1f} s.")


def _flags(arguments: argparse.Namespace) -> dict[str, Any]:
    """Turn the options that were given into a layer of configuration."""
    layer = {key: getattr(arguments, key) for key in _KEYS}
    layer |= {key: getattr(arguments, key) or None for key in _SWITCHES}
    layer["evaluators"] = arguments.evaluate
    return {key: value for key, value in layer.items() if value is not None}
