"""`stylekit run`: one picture, or several."""

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
    """Transfers style to pictures and clips."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the command."""
        parser.epilog = (
            "With no content or style, built-in samples are used. Everything that is no option "
            "here is a parameter of a component: `stylekit describe NAME` lists them, --set "
            "NAME.KEY=VALUE sets them."
        )
        add = parser.add_argument
        add("--method", metavar="M", help="transfer method; `stylekit list-plugins` shows them")
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
            help="area to paint, for example mask.png or box:10%%,20%%,50%%,50%%,feather=8; as "
            "many regions as styles: one style each",
        )
        add("--blend", metavar="B", help="how it is put there: feather, or what plugins offer")
        add("--executor", metavar="E", help="what carries the run out, here or elsewhere")
        add("--out", metavar="PATH", help="file or folder to write")
        add("--keep-frames", action="store_true", help="keep a clip's frames as PNG files, too")
        add("--interp", metavar="I", help="between the styles of a clip: linear, cosine or step")
        add("--size", metavar="PX", type=int, help="long side of the result in pixels")
        add("--steps", metavar="N", type=int, help="optimization steps in all")
        add("--preset", metavar="P", help="named configuration")
        add("--style-loss", metavar="L", help="loss that compares style")
        add("--optimizer", metavar="O", help="optimizer of the picture")
        add("--init", metavar="I", help="first picture, as the method names it, or a file")
        add("--quality", metavar="Q", help="draft, normal or high: how much time to spend")
        add("--color", metavar="C", help="keep-style, luminance, covariance or histogram")
        add_shared(parser, "--config", "--set", "--weights", "--seed", "--device", "--precision")
        add_shared(parser, "--resume", "--overwrite", "--offline")

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Do the run; print where the pictures are."""
        from stylekit.runs.config import RunConfig

        stated = layers(arguments, KEYS, host.catalogue, RunConfig)
        plan = host.plan(*stated)
        # Only now: a misspelled name should not have to wait for torch.
        from stylekit.machine import devices
        from stylekit.records.record import is_record, read_record
        from stylekit_plugins.execution.provenance import changes_since

        config = arguments.config
        if config is not None and is_record(config):
            for change in changes_since(read_record(config), config.parent, plan):
                _log.warning(change)

        # A process of its own, so its allocator may be told; one that only calls the API is not.
        devices.give_back_freed_memory(above=12)
        job = host.start(plan, quiet=console.quiet)
        try:
            result = job.to_end()
        except (Interrupted, InputError):
            # Interrupted, or some pictures of a batch were bad: what was done is told all the same.
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
