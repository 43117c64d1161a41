"""`stylekit run`: stylize images and videos."""

from __future__ import annotations

import argparse
import logging
from typing import TYPE_CHECKING

from stylekit.cli.console import Console
from stylekit.cli.options import add_shared, layers
from stylekit.errors import InputError, Interrupted

if TYPE_CHECKING:
    from stylekit.host import Host
    from stylekit.result import Result

_log = logging.getLogger(f"stylekit.{__name__}")

KEYS = (
    *("method", "backbone", "preset", "content", "style", "each_style", "region", "blend"),
    *("out", "keep_frames", "interp", "size", "steps", "style_loss", "optimizer", "init"),
    *("weights", "seed", "device", "precision", "quality", "color", "executor"),
    *("resume", "overwrite", "offline"),
)
"""Options that are run keys."""


class RunCommand:
    """Transfers style to images and videos."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        parser.epilog = (
            "Without content or style, built-in samples are used. All other settings are "
            "parameters of components: `stylekit describe NAME` lists them, --set NAME.KEY=VALUE "
            "sets them."
        )
        add = parser.add_argument
        add("--method", metavar="METHOD", help="transfer method (default: gatys)")
        add(
            "--backbone",
            metavar="BACKBONE",
            help="network whose features are compared (default: vgg19 for gatys)",
        )
        add(
            "--content",
            metavar="SRC",
            action="append",
            help="image, video or folder to stylize, or sample:NAME; repeatable",
        )
        add(
            "--style",
            metavar="SRC[*WEIGHT]",
            action="append",
            help="style image or sample:NAME; several are blended by their weights",
        )
        add(
            "--each-style",
            action="store_true",
            help="stylize every content with every style, instead of blending the styles",
        )
        add(
            "--region",
            metavar="SRC",
            action="append",
            help="area to stylize, for example mask.png or box:10%%,20%%,50%%,50%%,feather=8; with "
            "as many regions as styles, each region gets one style",
        )
        add(
            "--blend",
            metavar="BLEND",
            help="how the result is composited into the region: feather (default) or a blend "
            "plugin",
        )
        add(
            "--executor",
            metavar="EXECUTOR",
            help="where to run: local (default) or a plugin's name",
        )
        add("--out", metavar="PATH", help="file to write, or folder (default: this folder)")
        add("--keep-frames", action="store_true", help="keep a video's frames as PNG files, too")
        add(
            "--interp",
            metavar="CURVE",
            help="interpolation between timed styles of a video: linear (default), cosine or step",
        )
        add("--size", metavar="PX", type=int, help="long side in pixels (default: 512 for gatys)")
        add(
            "--steps",
            metavar="N",
            type=int,
            help="total optimization steps (default: the method's; see --quality)",
        )
        add(
            "--preset",
            metavar="PRESET",
            help="named configuration; `stylekit list-plugins` lists them",
        )
        add("--style-loss", metavar="LOSS", help="loss that compares style (default: gram)")
        add(
            "--optimizer",
            metavar="OPTIMIZER",
            help="optimizer of the image (default: lbfgs)",
        )
        add(
            "--init",
            metavar="IMAGE",
            help="initial image: mixup, content, style, noise, a method or a file",
        )
        add("--quality", metavar="QUALITY", help="time to spend: draft, normal (default) or high")
        add(
            "--color",
            metavar="MODE",
            help="colors of the result: keep-style (default), luminance, covariance or histogram",
        )
        add_shared(parser, "--config", "--set", "--weights", "--seed", "--device", "--precision")
        add_shared(parser, "--resume", "--overwrite", "--offline")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Run, and print the paths of the results."""
        from stylekit.runs.config import RunConfig

        stated = layers(arguments, KEYS, host.catalogue, RunConfig)
        plan = host.plan(*stated)
        # Imported late: a misspelled name is an error before torch loads.
        from stylekit.machine import devices
        from stylekit.records.record import is_record, read_record
        from stylekit_plugins.execution.provenance import changes_since

        config = arguments.config
        if config is not None and is_record(config):
            for change in changes_since(read_record(config), config.parent, plan):
                _log.warning(change)

        # Only in this process: the allocator of a program that calls the API is its own.
        devices.give_back_freed_memory(above=12)
        job = host.start(plan, quiet=console.quiet)
        try:
            result = job.to_end()
        except (Interrupted, InputError):
            # Interrupted, or a batch is incomplete: print the results that are done.
            if job.result.artifacts:
                _print(job.result, console)
            raise
        _print(result, console)
        if not console.json:
            _log.info(
                f"Done: {result.steps} steps in {result.seconds:.1f} s; "
                f"the record is {result.artifacts[-1].record}"
            )
        return 0


def _print(result: Result, console: Console) -> None:
    console.results((artifact.path for artifact in result.artifacts), result.to_json())
