"""Metrics: numbers that score results, one by one or all together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import torch

from stylekit.errors import PluginError
from stylekit.evaluation.report import Report
from stylekit.images.frames import Clip, Frame
from stylekit.methods.base import Style
from stylekit.protocols import LoadedWeights

if TYPE_CHECKING:
    from stylekit.runs.plan import ConfiguredComponent
    from stylekit.specs import MetricSpec


@runtime_checkable
class PairMetric(Protocol):
    """A metric of scope `pair`."""

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Score one result.

        Args:
            styles: with weights that add up to 1; empty if the spec says `styles=False`.

        Raises:
            InputError: the metric cannot score these images, for example because they are too
                small.
        """


@runtime_checkable
class SetMetric(Protocol):
    """A metric of scope `set`."""

    def score_sets(
        self, results: Sequence[Frame], contents: Sequence[Frame], styles: Sequence[Frame]
    ) -> float:
        """Score all results of one method together.

        Args:
            results: the stylized images. They may be read from disk one by one: access each once.
            contents: the content image of each result, in the same order.
            styles: style images, in any order and number.
        """


@runtime_checkable
class PreparedMetric(Protocol):
    """A metric that needs weights or a device: one more method."""

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Load networks. Called once, before anything is scored.

        Args:
            weights: loads the trained weights of a network by its name.

        Raises:
            WeightsError: weights are unavailable.
        """


@runtime_checkable
class ReportingMetric(Protocol):
    """A metric of scope `pair` that has more to say than one score: one more method."""

    def report(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> Report:
        """Report on one result; the score of `score_pair` is among the report's scores."""


class BoundMetric:
    """A metric with its parameters, networks and device: ready to score.

    Args:
        weights: loads the trained weights of a network by its name.

    Raises:
        PluginError: the metric lacks the method that its scope needs.
        WeightsError: weights are unavailable.
    """

    def __init__(
        self,
        component: ConfiguredComponent,
        weights: Callable[[str], LoadedWeights],
        device: torch.device,
    ) -> None:
        self.component = component
        self.spec: MetricSpec = component.spec
        self._metric: Any = component.make()
        protocol, method = _PROTOCOLS[self.spec.scope]
        if not isinstance(self._metric, protocol):
            raise PluginError(
                f"Metric '{component.component.id}' is broken: its scope is '{self.spec.scope}', "
                f"and it has no method `{method}`."
            )
        if isinstance(self._metric, PreparedMetric):
            self._metric.prepare(weights, device)

    @property
    def can_report(self) -> bool:
        """Whether `report` works: the metric is a `ReportingMetric`."""
        return self.spec.scope == "pair" and isinstance(self._metric, ReportingMetric)

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Score one result; for scope `pair`."""
        return float(self._metric.score_pair(result, content, styles))

    def score_sets(
        self, results: Sequence[Frame], contents: Sequence[Frame], styles: Sequence[Frame]
    ) -> float:
        """Score many results together; for scope `set`."""
        return float(self._metric.score_sets(results, contents, styles))

    def report(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> Report:
        """Report on one result; for metrics that can."""
        report: Report = self._metric.report(result, content, styles)
        return report


_PROTOCOLS: dict[str, tuple[type, str]] = {
    "pair": (PairMetric, "score_pair"),
    "set": (SetMetric, "score_sets"),
}
"""The protocol of each scope, with its method."""
