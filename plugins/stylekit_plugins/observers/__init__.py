"""Built-in observers: live progress, a JSON-lines log and previews."""

from __future__ import annotations

from collections.abc import Iterable

import stylekit

STYLEKIT_API = 1


@stylekit.hookimpl
def register_observers() -> Iterable[stylekit.ObserverSpec]:
    """Offer the observers of this plugin."""
    return [
        stylekit.ObserverSpec(
            name="progress",
            summary="Live progress on stderr: a bar on a terminal, plain lines elsewhere.",
            factory="stylekit_plugins.observers.progress:make_progress",
            params="stylekit_plugins.observers.params:ProgressParams",
        ),
        stylekit.ObserverSpec(
            name="log",
            summary="Writes the run as JSON lines to a file; off unless log.path is set.",
            factory="stylekit_plugins.observers.jsonl:make_log",
            params="stylekit_plugins.observers.params:LogParams",
        ),
        stylekit.ObserverSpec(
            name="preview",
            summary="Saves the image while it grows; off unless preview.every is set.",
            factory="stylekit_plugins.observers.preview:make_preview",
            params="stylekit_plugins.observers.params:PreviewParams",
        ),
    ]
