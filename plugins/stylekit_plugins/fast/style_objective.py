"""The objective of a crop at a strength: that of the method for single images, and the palette.

At strength s up to 1 the target statistics are s times the painting's and 1 - s times those of the
photograph itself, so that the distance to the painting falls evenly with the strength. Beyond 1 the
weight of style grows with its fourth power.

What draws to the painting, style and palette, has a weight that may change during the training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

import torch
from torch import Tensor

from stylekit.images.frames import Frame
from stylekit.methods.base import Style
from stylekit.methods.training import Objective, TrainingJob
from stylekit_plugins.fast.content_budget import ContentBudget
from stylekit_plugins.fast.palette import Palette, palette_of
from stylekit_plugins.fast.training_params import FastTrainingParams

OPTIMIZER = "gatys"
"""The method whose objective is minimized."""

GRAY_SIDE = 64
"""Side in pixels of the gray image by which the weight of style is measured."""

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
        budget: has the weight of what draws to the painting; objectives follow it.
    """

    def __init__(self, job: TrainingJob, params: FastTrainingParams, budget: ContentBudget) -> None:
        self._job, self._params, self._budget = job, params, budget

    def of(self, content: Frame, strength: float) -> Objective:
        """Return the objective of the result for an image, at a strength."""
        share = min(strength, 1.0)
        styles = [replace(style, weight=style.weight * share) for style in self._paintings]
        if share < 1:
            own_size = max(content.width, content.height)
            styles.append(Style(content, 1 - share, size=own_size))
        factor = max(1.0, strength) ** BEYOND
        objective = self._job.objective(OPTIMIZER, content, tuple(styles), factor)
        palette = self._palette
        if palette is not None and share < 1:
            palette = palette.mixed(palette_of([Style(content)], self._job.device), share)

        def weighted(image: Tensor) -> Mapping[str, Tensor]:
            losses = dict(objective(image))
            style = factor * self._style_weight * losses["style"]
            weight = self._budget.weight
            total = losses.pop("total") + (weight - 1) * style
            if palette is not None:
                losses["palette"] = palette.distance(image)
                total = total + weight * self._params.palette_weight * losses["palette"]
            return {"total": total, **losses}

        return weighted

    def distance(self, losses: Mapping[str, float]) -> float:
        """Return the weighted distance to the painting, of losses at strength 1."""
        palette = losses.get("palette", 0.0)
        return self._style_weight * losses["style"] + self._params.palette_weight * palette

    @cached_property
    def _style_weight(self) -> float:
        """The weight of style that is set, by how the total of a gray image changes with it."""
        gray = torch.full((3, GRAY_SIDE, GRAY_SIDE), 0.5)
        content, image = Frame(gray), gray[None].to(self._job.device)
        with torch.no_grad():
            once, twice = (
                self._job.objective(OPTIMIZER, content, tuple(self._paintings), factor)(image)
                for factor in (1.0, 2.0)
            )
        style = float(once["style"])
        return (float(twice["total"]) - float(once["total"])) / style if style else 0.0

    @cached_property
    def _paintings(self) -> list[Style]:
        """The styles, at the size at which they are learned."""
        return [replace(style, size=self._params.style_size) for style in self._job.styles]

    @cached_property
    def _palette(self) -> Palette | None:
        """That of the paintings, if it counts; a new crop must not sort their pixels again."""
        if not self._params.palette_weight:
            return None
        return palette_of(self._paintings, self._job.device)
