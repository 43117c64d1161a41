"""An observer: the losses of a run as a CSV table."""

from __future__ import annotations

import stylekit
from stylekit.specs import ObserverSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_observers() -> list[ObserverSpec]:
    """Register the component; its code loads when a run uses it."""
    return [
        ObserverSpec(
            name="charcoal",
            summary="Writes losses as a CSV table; off unless charcoal.path is set.",
            factory="stylekit_charcoal.observer:CharcoalObserver",
            params="stylekit_charcoal.params:CharcoalParams",
        )
    ]
