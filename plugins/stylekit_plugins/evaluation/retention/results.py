"""The findings of the experiment, from which the report is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stylekit.evaluation.classifier import ImageClass
from stylekit.evaluation.experiment import ExperimentContext
from stylekit.images.frames import Frame
from stylekit.specs import MetricSpec
from stylekit_plugins.evaluation.retention.dataset import Dataset, Example
from stylekit_plugins.evaluation.retention.params import RetentionParams
from stylekit_plugins.evaluation.retention.scoring import MethodResults, Prediction


@dataclass
class Findings:
    """Dataset, predictions, scores and what was left out.

    Attributes:
        clean: the predictions for the original images; only these images were stylized.
        metrics: the available metrics, by name.
        unavailable: unavailable classifiers and metrics, each with the reason.
        unreadable: images that are left out everywhere, each with the reason.
    """

    params: RetentionParams
    context: ExperimentContext
    classifier: str = ""
    classes: Sequence[ImageClass] = ()
    dataset: Dataset = field(default_factory=Dataset)
    clean: Mapping[Example, Prediction] = field(default_factory=dict)
    styles: Mapping[str, Frame] = field(default_factory=dict)
    metrics: Mapping[str, MetricSpec] = field(default_factory=dict)
    results: Sequence[MethodResults] = ()
    unavailable: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    unreadable_styles: dict[str, str] = field(default_factory=dict)

    @property
    def baseline(self) -> MethodResults:
        """The results of the method that the others are compared with."""
        for results in self.results:
            if results.variant.label == self.params.baseline:
                return results
        return self.results[0]

    @property
    def x_metric(self) -> str:
        """The metric on the x axis: the first for which lower is better, or ""."""
        for name, spec in self.metrics.items():
            if not spec.higher_is_better:
                return name
        return ""

    def style_names(self) -> dict[str, str]:
        """Return a name for each style source: its file name, or the source if two share one."""
        short = {source: Path(source.rpartition(":")[2]).name for source in self.styles}
        names = list(short.values())
        return {s: name if names.count(name) == 1 else s for s, name in short.items()}
