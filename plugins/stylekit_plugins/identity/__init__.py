"""A method that changes nothing: the baseline of every comparison."""

from __future__ import annotations

import stylekit
from stylekit.specs import MethodSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_methods() -> list[MethodSpec]:
    """Register the method."""
    return [
        MethodSpec(
            name="identity",
            summary="Return the content unchanged, as a baseline of comparisons.",
            styles=(0, None),
            factory="stylekit_plugins.identity.method:Identity",
        )
    ]
