"""An executor: the results of a batch in random order."""

from __future__ import annotations

import stylekit
from stylekit.specs import ExecutorSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_executors() -> list[ExecutorSpec]:
    """Register the component; its code loads when a run uses it."""
    return [
        ExecutorSpec(
            name="charcoal",
            summary="In random order, so that a long batch soon shows what it will be like.",
            factory="stylekit_charcoal.executor:CharcoalExecutor",
            params="stylekit_charcoal.params:CharcoalParams",
        )
    ]
