"""A measure: how many of the edges of a picture are kept."""

from __future__ import annotations

import stylekit
from stylekit.specs import EvaluatorSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_evaluators() -> list[EvaluatorSpec]:
    """Offer it; its code loads when a run uses it."""
    return [
        EvaluatorSpec(
            name="charcoal",
            summary="Correlation of the edges of a result with those of its content.",
            styles=False,
            higher_is_better=True,
            unit="-1 to 1",
            factory="stylekit_charcoal.evaluator:CharcoalEvaluator",
        )
    ]
