"""Measures of sets of pictures: how far results are, as a whole, from pictures of a style."""

from __future__ import annotations

import stylekit
from stylekit.specs import EvaluatorSpec

STYLEKIT_API = 1


@stylekit.hookimpl
def register_evaluators() -> list[EvaluatorSpec]:
    """Offer them."""
    return [
        EvaluatorSpec(
            name="kid",
            summary="Kernel distance of results and style pictures on VGG-19; small sets are fine.",
            scope="set",
            networks=("vgg19",),
            higher_is_better=False,
            unit="squared MMD, 1e-3",
            factory="stylekit_plugins.evaluators.kid:KernelDistance",
            params="stylekit_plugins.evaluators.params:KernelDistanceParams",
        ),
        EvaluatorSpec(
            name="fid",
            summary="Frechet distance of results and style pictures on VGG-19; needs many.",
            scope="set",
            networks=("vgg19",),
            higher_is_better=False,
            unit="squared distance of Gaussians",
            factory="stylekit_plugins.evaluators.fid:FrechetDistance",
        ),
    ]
