"""All that the experiment found, before it is put into words."""

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
from stylekit_plugins.evaluation.retention.scoring import Judged, Results


@dataclass
class Findings:
    """What was found.

    Attributes:
        clean: what the classifier says of the pictures as they are; only these were stylized.
        specs: the measures that could be had, by name.
        unavailable: classifiers and measures that could not be had, each with the reason.
        unreadable: pictures that are left out everywhere, each with the reason.
    """

    params: RetentionParams
    context: ExperimentContext
    classifier: str = ""
    classes: Sequence[ImageClass] = ()
    dataset: Dataset = field(default_factory=Dataset)
    clean: Mapping[Example, Judged] = field(default_factory=dict)
    styles: Mapping[str, Frame] = field(default_factory=dict)
    specs: Mapping[str, MetricSpec] = field(default_factory=dict)
    results: Sequence[Results] = ()
    unavailable: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    unreadable_styles: dict[str, str] = field(default_factory=dict)

    @property
    def baseline(self) -> Results:
        """The method that the others are compared with."""
        for results in self.results:
            if results.variant.label == self.params.baseline:
                return results
        return self.results[0]

    @property
    def abscissa(self) -> str:
        """The measure that is plotted: the first that lower is better of; or nothing."""
        for name, spec in self.specs.items():
            if not spec.higher_is_better:
                return name
        return ""

    def style_names(self) -> dict[str, str]:
        """Return a name for each style source: its file's, or itself where two are alike."""
        short = {source: Path(source.rpartition(":")[2]).name for source in self.styles}
        names = list(short.values())
        return {s: name if names.count(name) == 1 else s for s, name in short.items()}
