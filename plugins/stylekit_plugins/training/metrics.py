"""What is measured after each epoch of a training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from stylekit.evaluation.metric import BoundMetric
from stylekit.images.frames import Clip, Frame
from stylekit.methods.base import Style
from stylekit.runs.plan import ConfiguredComponent
from stylekit.weights.manager import WeightsManager


class Measures:
    """The evaluators of a training; falsy if there are none.

    Args:
        parts: the evaluators, the one that decides which epoch is best first.
    """

    def __init__(
        self, parts: Sequence[ConfiguredComponent], weights: WeightsManager, device: torch.device
    ) -> None:
        self._metrics = [BoundMetric(part, weights.load, device) for part in parts]

    def __bool__(self) -> bool:
        return bool(self._metrics)

    def of(
        self, results: Sequence[Frame], contents: Sequence[Frame], styles: Sequence[Frame]
    ) -> dict[str, float | None]:
        """Return each evaluator's figure by name; a mean where it looks at single results.

        None: it is no finite number.
        """
        given = tuple(Style(frame, 1 / len(styles)) for frame in styles)
        figures: dict[str, float | None] = {}
        for metric in self._metrics:
            if metric.spec.scope == "set":
                figure = metric.score_sets(results, contents, styles)
            else:
                values = [
                    metric.score_pair(Clip((made,)), Clip((content,)), given)
                    for made, content in zip(results, contents, strict=True)
                ]
                figure = sum(values) / len(values)
            figures[metric.spec.name] = figure if math.isfinite(figure) else None
        return figures

    def is_best(self, history: Sequence[Mapping[str, Any]]) -> bool:
        """Return whether the last epoch has the best first figure of all."""
        if not self._metrics:
            return False
        spec = self._metrics[0].spec
        figures = [epoch["measures"][spec.name] for epoch in history]
        known = [figure for figure in figures if figure is not None]
        best = max if spec.higher_is_better else min
        return figures[-1] is not None and bool(figures[-1] == best(known))
