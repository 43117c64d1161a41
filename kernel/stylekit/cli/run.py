"""`stylekit run`: one picture, or several."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.cli.hosting import make_host
from stylekit.errors import InputError, Interrupted

if TYPE_CHECKING:
    from stylekit.results import Result

_TEXT_KEYS = (
    "method",
    "backbone",
    "preset",
    "optimizer",
    "device",
    "init",
    "out",
    "quality",
    "color",
    "precision",
    "blend",
    "interp",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.epilog = (
        "With no content or style, built-in samples are used. Everything that is no option here is "
        "a parameter of a component: `stylekit describe NAME` lists them, --set NAME.KEY=VALUE "
        "sets them."
    )
    add = parser.add_argument
    add("--method", metavar="M", help="transfer method, for example gatys")
    add("--backbone", metavar="B", help="network whose features are compared")
    add("--content", metavar="SRC", action="append", help="picture, folder or sample:NAME")
    add(
        "--style",
        metavar="SRC[*WEIGHT]",
        action="append",
        help="picture or sample:NAME; several are blended by their weights",
    )
    add(
        "--each-style",
        action="store_true",
        help="every content with every style, instead of a blend of the styles",
    )
    add(
        "--region",
        metavar="SRC",
        action="append",
        help="area to paint, for example mask.png or box:10%%,20%%,50%%,50%%,feather=8; as many "
        "regions as styles: one style each",
    )
    add("--blend", metavar="B", help="how it is put there: feather, laplacian or poisson")
    add("--out", metavar="PATH", help="file or folder to write")
    add("--keep-frames", action="store_true", help="keep a clip's frames as PNG files, too")
    add("--interp", metavar="I", help="from one style of a clip to the next: linear, cosine, step")
    add("--size", metavar="PX", type=int, help="long side of the result in pixels")
    add("--steps", metavar="N", type=int, help="optimisation steps in all")
    add("--preset", metavar="P", help="named configuration")
    add("--config", metavar="FILE", type=Path, help="TOML file, or the record of an earlier run")
    add(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="set a parameter, for example gatys.style_weight=100",
    )
    add("--style-loss", metavar="L", help="loss that compares style")
    add("--optimizer", metavar="O", help="optimiser of the picture")
    add("--init", metavar="I", help="first picture, as the method names it, or a file")
    add(
        "--weights",
        metavar="W",
        action="append",
        help="trained weights: auto, a name or a file, after NETWORK= if there are several",
    )
    add("--seed", metavar="N", type=int, help="seed of every random number (default 0)")
    add("--device", metavar="D", help="auto, cpu, cuda, cuda:N or mps")
    add("--precision", metavar="F", help="auto, float32 or bfloat16 inside the networks")
    add("--quality", metavar="Q", help="draft, normal or high: how much time to spend")
    add("--color", metavar="C", help="keep-style, luminance, covariance or histogram")
    add("--resume", action="store_true", help="continue what was killed, skip what is done")
    add("--overwrite", action="store_true", help="replace existing files")
    add("--offline", action="store_true", help="never touch the network")


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Do the run; print where the pictures are."""
    from stylekit.config import read_config, settings_layer
    from stylekit.record import changes_since, read_record

    layers: list[dict[str, Any]] = [settings_layer(arguments.set), flags_layer(arguments)]
    if arguments.config is not None:
        layers.insert(0, read_config(arguments.config))
    host = make_host(arguments, console)
    plan = host.plan(*layers, warn=lambda line: console.tell(f"Warning: {line}"))
    if arguments.config is not None:
        for change in changes_since(read_record(arguments.config), plan):
            console.tell(f"Warning: {change}")
    # Only now: a misspelt name should not have to wait for torch.
    from stylekit import devices
    from stylekit.execution import iterate_to_end

    # A process of its own, so its allocator may be told; one that only calls the API is not.
    devices.give_back_freed_memory(above=12)
    job = host.start(plan, quiet=console.quiet, tell=console.tell, debug=console.trace)
    try:
        result = iterate_to_end(job)
    except (Interrupted, InputError):
        # Interrupted, or some pictures of a batch were bad: what was done is told all the same.
        if job.result.artifacts:
            _print(job.result, console)
        raise
    _print(result, console)
    if not console.json:
        console.tell(
            f"Done: {result.steps} steps in {result.seconds:.1f} s; "
            f"the record is {result.artifacts[-1].record}"
        )
    return 0


def _print(result: Result, console: Console) -> None:
    if console.json:
        console.object(result.to_json())
        return
    for artifact in result.artifacts:
        console.data(str(artifact.path))


def flags_layer(arguments: argparse.Namespace) -> dict[str, Any]:
    """Turn the flags that were given into a layer of configuration."""
    layer = {key: getattr(arguments, key) for key in _TEXT_KEYS}
    layer |= {
        "content": arguments.content,
        "style": arguments.style,
        "each_style": arguments.each_style or None,
        "region": arguments.region,
        "weights": arguments.weights,
        "size": arguments.size,
        "steps": arguments.steps,
        "style_loss": arguments.style_loss,
        "seed": arguments.seed,
        "keep_frames": arguments.keep_frames or None,
        "resume": arguments.resume or None,
        "overwrite": arguments.overwrite or None,
        "offline": arguments.offline or None,
    }
    return {key: value for key, value in layer.items() if value is not None}
