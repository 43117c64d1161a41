"""What experiments work with: the kernel's runs, the evaluators that there are, weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylekit.evaluation.classifier import Classifier, ImageClass, Logits
from stylekit.evaluation.evaluator import Instrument
from stylekit.evaluation.experiment import Stylized, Variant
from stylekit.images.frames import Frame
from stylekit.inputs.sources import Sources
from stylekit.inputs.syntax import parse_style
from stylekit.machine import devices
from stylekit.protocols import LoadedWeights
from stylekit.records import record
from stylekit.records.provenance import fingerprint
from stylekit.runs.plan import ConfiguredComponent
from stylekit.version import __version__
from stylekit.weights.manager import WeightsManager
from stylekit.weights.selection import AUTO
from stylekit_plugins.evaluation.classify import checked
from stylekit_plugins.evaluation.plan import EvaluationPlan
from stylekit_plugins.evaluation.stylization_cache import Stylizing

if TYPE_CHECKING:
    import pluggy


class Workbench:
    """A `stylekit.evaluation.experiment.Bench`.

    Args:
        plan: what the user asked for.
        tell: takes a line for people.

    Raises:
        InputError: a style source is missing or empty.
    """

    def __init__(
        self,
        plan: EvaluationPlan,
        manager: pluggy.PluginManager,
        folder: Path,
        tell: Callable[[str], None] = lambda line: None,
        debug: Callable[[str], None] = lambda text: None,
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
        self.tell = tell
        self._sources = Sources(plan.catalogue, config.tables)
        self._weights = WeightsManager(plan.catalogue, config.tables, config.offline, tell)
        self._stylizing = Stylizing(plan, manager, folder / "pictures", tell, debug)
        self.styles = [
            each for text in config.style for each in self.expand(parse_style(text).source)
        ]

    # -- pictures -------------------------------------------------------------------------------

    def expand(self, source: str) -> list[str]:
        """See `Bench`."""
        return self._sources.expand(source)

    def read(self, source: str | Path) -> Frame:
        """See `Bench`."""
        return self._sources.read_image(str(source))

    def stylize(self, variant: Variant, contents: Sequence[str], styles: Sequence[str]) -> Stylized:
        """See `Bench`."""
        return self._stylizing.made(variant, contents, styles)

    # -- measures -------------------------------------------------------------------------------

    def weights(self, network: str) -> LoadedWeights:
        """See `Bench`."""
        return self._weights.load(network, self.plan.weights.get(network, AUTO))

    def part(self, name: str, *scopes: str) -> ConfiguredComponent:
        """See `Bench`."""
        return self.plan.part(name, *scopes)

    def instrument(self, name: str) -> Instrument:
        """See `Bench`."""
        return Instrument(self.part(name, "pair", "set"), self.weights, self.device)

    def classifier(self, name: str) -> tuple[Sequence[ImageClass], Logits]:
        """See `Bench`."""
        made: Classifier = self.part(name, "classifier").make()
        classes = made.classes()
        return classes, checked(made.ready(self.weights, self.device), name, classes)

    # -- what a reader wants to know ------------------------------------------------------------

    def weights_used(self) -> dict[str, dict[str, str]]:
        """Return, by network, what was loaded for measures and classifiers."""
        return {
            network: {
                "name": choice.component.id,
                "sha256": choice.sha256,
                "license": choice.component.spec.license,
            }
            for network, choice in sorted(self._weights.used.items())
        }

    @cached_property
    def versions(self) -> dict[str, str]:
        """The versions that can change a figure."""
        return {"stylekit": __version__, **record.environment()}

    def describe_device(self) -> str:
        """Return the device for people."""
        return devices.describe(self.device)

    def digest(self) -> str:
        """Return a SHA-256 of all settings: of the evaluation, of each method, of each table."""
        resolved = {
            "evaluator": self.plan.evaluator.component.id,
            "params": self.plan.evaluator.params.model_dump(mode="json"),
            "seed": self.seed,
            "methods": {v.label: self._stylizing.settings(v) for v in self.variants},
        }
        return fingerprint(resolved)

    def settings(self, variant: Variant) -> Mapping[str, Any]:
        """Return the whole configuration of a variant, sources left out."""
        return self._stylizing.settings(variant)
