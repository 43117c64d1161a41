"""The context of an experiment: runs, metrics, classifiers, weights, settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylekit.evaluation.classifier import Classifier, ImageClass, LogitFunction
from stylekit.evaluation.experiment import Stylized, Variant
from stylekit.evaluation.metric import BoundMetric
from stylekit.images.frames import Frame
from stylekit.inputs.sources import Sources
from stylekit.inputs.syntax import parse_style
from stylekit.machine import devices
from stylekit.protocols import LoadedWeights
from stylekit.records import record
from stylekit.records.provenance import fingerprint
from stylekit.runs.plan import ConfiguredComponent
from stylekit.specs import ClassifierSpec, EvaluatorSpec, MetricSpec
from stylekit.version import __version__
from stylekit.weights.advice import credits_of
from stylekit.weights.manager import WeightsManager
from stylekit.weights.selection import AUTO
from stylekit_plugins.evaluation.classify import checked
from stylekit_plugins.evaluation.plan import EvaluationPlan
from stylekit_plugins.evaluation.stylization_cache import StylizationCache

if TYPE_CHECKING:
    import pluggy


class Context:
    """A `stylekit.evaluation.ExperimentContext` for one evaluation of the command line.

    Args:
        manager: calls the lifecycle hooks of the runs.
        folder: gets the results, in `images`.

    Raises:
        InputError: a style source is missing or empty.
    """

    def __init__(
        self,
        plan: EvaluationPlan,
        manager: pluggy.PluginManager,
        folder: Path,
        command: str = "",
    ) -> None:
        config = plan.config
        self.plan = plan
        self.variants = plan.variants
        self.dataset = config.dataset
        self.folder = folder
        self.device = devices.choose(config.device)
        self.seed = config.seed
        self.command = command
        self._sources = Sources(plan.catalogue, config.tables)
        self._weights = WeightsManager(plan.catalogue, config.tables, config.offline)
        self._cache = StylizationCache(plan, manager, folder / "images")
        self.styles = [
            each for text in config.style for each in self.expand(parse_style(text).source)
        ]

    def expand(self, source: str) -> list[str]:
        """Return the images of a folder, or the source itself if it is no folder."""
        return self._sources.expand(source)

    def read(self, source: str | Path) -> Frame:
        """Read an image."""
        return self._sources.read_image(str(source))

    def stylize(self, variant: Variant, contents: Sequence[str], styles: Sequence[str]) -> Stylized:
        """Make every content in every style, except for results that an earlier run left."""
        return self._cache.get(variant, contents, styles)

    # -- evaluators -----------------------------------------------------------------------------

    def weights(self, network: str) -> LoadedWeights:
        """Load the trained weights of a network."""
        return self._weights.load(network, self.plan.weights.get(network, AUTO))

    def find(self, spec_type: type[EvaluatorSpec], name: str) -> ConfiguredComponent:
        """Return a metric or classifier with the parameters that the user set."""
        return self.plan.find(spec_type, name)

    def metric(self, name: str) -> BoundMetric:
        """Return a metric, ready to score."""
        return BoundMetric(self.find(MetricSpec, name), self.weights, self.device)

    def classifier(self, name: str) -> tuple[Sequence[ImageClass], LogitFunction]:
        """Return the classes of a classifier and the function that classifies."""
        classifier: Classifier = self.find(ClassifierSpec, name).make()
        classes = classifier.classes()
        return classes, checked(classifier.load(self.weights, self.device), name, classes)

    # -- for reports ----------------------------------------------------------------------------

    def weights_used(self) -> dict[str, dict[str, str]]:
        """Return the weights that metrics and classifiers loaded, by network."""
        return {
            network: {
                "name": choice.component.id,
                "sha256": choice.sha256,
                **credits_of(choice.component.spec),
            }
            for network, choice in sorted(self._weights.used.items())
        }

    @cached_property
    def versions(self) -> dict[str, str]:
        """The versions of programs that can change a score."""
        return {"stylekit": __version__, **record.environment()}

    def describe_device(self) -> str:
        """Return the device for people."""
        return devices.describe(self.device)

    def digest(self) -> str:
        """Return a SHA-256 of all settings: of the evaluation, each method and each table."""
        resolved = {
            "evaluator": self.plan.evaluator.component.id,
            "params": self.plan.evaluator.params.model_dump(mode="json"),
            "seed": self.seed,
            "methods": {v.label: self._cache.settings(v) for v in self.variants},
        }
        return fingerprint(resolved)

    def settings(self, variant: Variant) -> Mapping[str, Any]:
        """Return the whole configuration of a variant, without the sources."""
        return self._cache.settings(variant)
