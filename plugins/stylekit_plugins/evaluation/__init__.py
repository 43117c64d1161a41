"""Evaluation: measuring results, classifying pictures, and experiments."""

from __future__ import annotations

import stylekit
from stylekit.specs import CommandSpec, EvaluatorSpec

STYLEKIT_API = 1

_HERE = "stylekit_plugins.evaluation"


@stylekit.hookimpl
def register_commands() -> list[CommandSpec]:
    """Offer them."""
    return [
        CommandSpec(
            name="evaluate",
            summary="Measure results, classify pictures, or compare methods in an experiment.",
            factory=f"{_HERE}.command:Evaluate",
        ),
        CommandSpec(
            name="bench",
            summary="Time methods, networks, losses, optimizers and sizes side by side.",
            factory=f"{_HERE}.timing.command:Bench",
        ),
    ]


@stylekit.hookimpl
def register_evaluators() -> list[EvaluatorSpec]:
    """Offer the experiment."""
    return [
        EvaluatorSpec(
            name="content-retention",
            summary="Which method keeps what a picture shows, told by a classifier, and its style.",
            scope="experiment",
            factory=f"{_HERE}.retention.experiment:ContentRetention",
            params=f"{_HERE}.retention.params:RetentionParams",
        )
    ]
