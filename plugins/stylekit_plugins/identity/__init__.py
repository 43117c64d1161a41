"""The method that changes nothing: the row that every comparison of methods needs."""

from __future__ import annotations

import stylekit
from stylekit.specs import MethodSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_methods() -> list[MethodSpec]:
    """Offer the method."""
    return [
        MethodSpec(
            name="identity",
            summary="Return the content as it is, at the size of the result.",
            styles=(0, None),
            factory="stylekit_plugins.identity.method:Identity",
        )
    ]
