"""A classifier: which quarter of an image is the brightest."""

from __future__ import annotations

import stylekit
from stylekit.specs import ClassifierSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_classifiers() -> list[ClassifierSpec]:
    """Register the classifier; its code loads when an evaluation uses it."""
    return [
        ClassifierSpec(
            name="charcoal",
            summary="Which quarter of an image is the brightest; needs no network.",
            factory="stylekit_charcoal.classifier:CharcoalClassifier",
        )
    ]
