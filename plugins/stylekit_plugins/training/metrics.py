"""Metrics after each epoch of a training."""

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


class EpochMetrics:
    """The metrics of a training; falsy if there are none.

    Args:
        parts: the metrics; the first decides which epoch is best.
    """

    def __init__(
        self, parts: Sequence[ConfiguredComponent], weights: WeightsManager, device: torch.device
    ) -> None:
        self._metrics = [BoundMetric(part, weights.load, device) for part in parts]

    def __bool__(self) -> bool:
        return bool(self._metrics)

    def evaluate(
        self, results: Sequence[Frame], contents: Sequence[Frame], styles: Sequence[Style]
    ) -> dict[str, float | None]:
        """Return the value of each metric by name, a mean if it scores single results.

        None stands for NaN or infinite values.
        """
        style_images = [style.frame for style in styles]
        result: dict[str, float | None] = {}
        for metric in self._metrics:
            if metric.spec.scope == "set":
                value = metric.score_sets(results, contents, style_images)
            else:
                values = [
                    metric.score_pair(Clip((image,)), Clip((content,)), tuple(styles))
                    for image, content in zip(results, contents, strict=True)
                ]
                value = sum(values) / len(values)
            result[metric.spec.name] = value if math.isfinite(value) else None
        return result

    def is_best(self, history: Sequence[Mapping[str, Any]]) -> bool:
        """Return whether the last epoch has the best value of the first metric.

        Without metrics it is the least validation loss of the trainer, if it has one.
        """
        if not self._metrics:
            losses = [epoch["validation"]["total"] for epoch in history if "validation" in epoch]
            return bool(losses) and losses[-1] == min(losses)
        spec = self._metrics[0].spec
        values = [epoch["metrics"][spec.name] for epoch in history]
        finite = [value for value in values if value is not None]
        best = max if spec.higher_is_better else min
        return values[-1] is not None and bool(values[-1] == best(finite))
