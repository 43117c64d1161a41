"""A metric: how well a result keeps the edges of its content."""

from __future__ import annotations

import stylekit
from stylekit.specs import MetricSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_metrics() -> list[MetricSpec]:
    """Register the metric; its code loads when an evaluation uses it."""
    return [
        MetricSpec(
            name="charcoal",
            summary="Correlation of the edges of a result with those of its content.",
            styles=False,
            higher_is_better=True,
            unit="-1 to 1",
            factory="stylekit_charcoal.metric:CharcoalMetric",
        )
    ]
