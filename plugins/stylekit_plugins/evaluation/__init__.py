"""Evaluation: scoring results, classifying images, running experiments, timing methods."""

from __future__ import annotations

import stylekit
from stylekit.specs import CommandSpec, ExperimentSpec

STYLEKIT_API = 1

_HERE = "stylekit_plugins.evaluation"


@stylekit.hookimpl
def register_commands() -> list[CommandSpec]:
    """Register the commands `evaluate` and `bench`."""
    return [
        CommandSpec(
            name="evaluate",
            summary="Score results, classify images, or compare methods in an experiment.",
            rank=30,
            factory=f"{_HERE}.command:Evaluate",
        ),
        CommandSpec(
            name="bench",
            summary="Time methods, backbones, losses, optimizers and sizes side by side.",
            rank=35,
            factory=f"{_HERE}.timing.command:BenchCommand",
        ),
    ]


@stylekit.hookimpl
def register_experiments() -> list[ExperimentSpec]:
    """Register the experiment `content-retention`."""
    return [
        ExperimentSpec(
            name="content-retention",
            summary="Compare methods by content retention (classification accuracy) and style "
            "distance.",
            factory=f"{_HERE}.retention.experiment:ContentRetention",
            params=f"{_HERE}.retention.params:RetentionParams",
        )
    ]
