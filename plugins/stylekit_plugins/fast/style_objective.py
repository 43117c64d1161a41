"""The objective of a crop at a strength: that of the method for single images, and the palette.

At strength s up to 1 the target statistics are s times the painting's and 1 - s times those of the
photograph itself, so that the distance to the painting falls evenly with the strength. Beyond 1 the
weight of style grows with its fourth power.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from torch import Tensor

from stylekit.images.frames import Frame
from stylekit.methods.base import Style
from stylekit.methods.training import Objective, TrainingJob
from stylekit_plugins.fast.palette import Palette, palette_of
from stylekit_plugins.fast.training_params import FastTrainingParams

OPTIMIZER = "gatys"
"""The method whose objective is minimized."""

BEYOND = 4
"""Power of a strength above 1 that multiplies the weight of style."""

DEFAULTS = {
    "balance_layers": True,
    "style_weight": 32.0,
    "style_layers": {
        "relu1_1": 1.0,
        "relu2_1": 1.0,
        "relu3_1": 1.0,
        "relu4_1": 0.6,
        "relu5_1": 0.1,
    },
}
"""Its parameters, where the user sets none: with these, the layers start about alike."""


class StyleObjective:
    """Makes objectives.

    Args:
        job: with the styles, and the method `OPTIMIZER`.
    """

    def __init__(self, job: TrainingJob, params: FastTrainingParams) -> None:
        self._job, self._params = job, params

    def of(self, content: Frame, strength: float) -> Objective:
        """Return the objective of the result for an image, at a strength."""
        share = min(strength, 1.0)
        styles = [replace(style, weight=style.weight * share) for style in self._paintings]
        if share < 1:
            own_size = max(content.width, content.height)
            styles.append(Style(content, 1 - share, size=own_size))
        factor = max(1.0, strength) ** BEYOND
        objective = self._job.objective(OPTIMIZER, content, tuple(styles), factor)
        weight = self._params.palette_weight
        if not weight:
            return objective
        palette = self._palette
        if share < 1:
            palette = palette.mixed(palette_of([Style(content)], self._job.device), share)

        def with_palette(image: Tensor) -> Mapping[str, Tensor]:
            losses = objective(image)
            distance = palette.distance(image)
            return {**losses, "total": losses["total"] + weight * distance, "palette": distance}

        return with_palette

    @cached_property
    def _paintings(self) -> list[Style]:
        """The styles, at the size at which they are learned."""
        return [replace(style, size=self._params.style_size) for style in self._job.styles]

    @cached_property
    def _palette(self) -> Palette:
        """That of the paintings; a new crop must not sort their pixels again."""
        return palette_of(self._paintings, self._job.device)
