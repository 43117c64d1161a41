"""`stylekit run`: stylize images and videos."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stylekit.cli.console import Console
from stylekit.cli.options import layers
from stylekit.errors import InputError, Interrupted
from stylekit_plugins.execution.options import add_options
from stylekit_plugins.execution.positionals import contents_and_styles

if TYPE_CHECKING:
    from stylekit.host import Host
    from stylekit.result import Result
    from stylekit.runs.plan import Plan

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
        add_options(parser)

    def run(self, arguments: argparse.Namespace, host: Host, console: Console) -> int:
        """Run, and print the paths of the results."""
        from stylekit.runs.config import RunConfig

        name_sources(arguments)
        stated = layers(arguments, KEYS, host.catalogue, RunConfig)
        plan = host.plan(*stated)
        _log_samples(plan, stated)
        if arguments.estimate:
            from stylekit_plugins.execution.estimates.report import print_estimate

            print_estimate(plan, console)
            return 0
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
            steps = f": {result.steps} steps" if result.steps > 1 else ""
            _log.info(
                f"Done{steps} in {result.seconds:.1f} s; "
                f"the record is {result.artifacts[-1].record}"
            )
        return 0


def name_sources(arguments: argparse.Namespace) -> None:
    """Give the names without an option to `--content` and `--style`.

    Raises:
        UsageError: the meaning of a name is ambiguous.
        InputError: a pattern matches no file.
    """
    arguments.content, arguments.style = contents_and_styles(
        *(arguments.sources, arguments.content, arguments.style, arguments.each_style)
    )


def _log_samples(plan: Plan, stated: Sequence[Mapping[str, Any]]) -> None:
    """Log which samples stand for what the user did not name."""
    for key, sources in (("content", plan.config.content), ("style", plan.config.style)):
        if sources and not any(key in layer for layer in stated):
            _log.info(f"No {key} is named: {', '.join(sources)} is used.")


def _print(result: Result, console: Console) -> None:
    console.results((artifact.path for artifact in result.artifacts), result.to_json())
