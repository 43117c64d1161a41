"""Experiments: evaluators that make their own results, and what they are given to work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from stylekit import devices, record
from stylekit.checkpoint import fingerprint
from stylekit.classification import Classifier, ImageClass, Logits, checked
from stylekit.evaluation import Instrument
from stylekit.evaluation_plan import EvaluationPlan
from stylekit.frames import Clip, Frame
from stylekit.plan import Part
from stylekit.protocols import Parameters
from stylekit.report import Report
from stylekit.source_names import parse_style
from stylekit.sources import Sources
from stylekit.stylized import Stylized, Stylizing
from stylekit.variants import Variant
from stylekit.version import __version__
from stylekit.wanted import AUTO
from stylekit.weights import WeightsManager

if TYPE_CHECKING:
    import pluggy


class Experiment(Protocol):
    """An evaluator of scope `experiment`."""

    def experiment(self, bench: Bench) -> Report:
        """Do all of it: make results, measure them, say what was found.

        A method or a measure that cannot be had should cost its own row and nothing else.

        Raises:
            StylekitError: there is nothing to report.
        """


class Bench:
    """What an experiment works with.

    Attributes:
        plan: what the user asked for.
        variants: the methods to compare.
        dataset: the source of the pictures to work on; None: the user named none.
        styles: the sources of single style pictures; folders are listed already.
        folder: where results are kept; a run that was stopped goes on with what is there.
        device: to compute on.
        seed: of every random number.
        command: what the user wrote, as far as it is known.
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
        """Return the sources that a source stands for: the pictures of a folder, or itself.

        Raises:
            InputError: it is missing or empty.
        """
        return self._sources.expand(source)

    def read(self, source: str | Path) -> Frame:
        """Return the picture of a source.

        Raises:
            InputError: it cannot be read.
        """
        return self._sources.read_picture(str(source))

    def stylize(self, variant: Variant, contents: Sequence[str], styles: Sequence[str]) -> Stylized:
        """Make every content in every style; what is there from an earlier run is taken.

        A method that needs no style is given none, and makes one picture for all styles. Whatever
        fails is in the result, with its reason.

        Raises:
            Interrupted: the user stopped it; what is done is kept.
        """
        return self._stylizing.made(variant, contents, styles)

    # -- measures -------------------------------------------------------------------------------

    def weights(self, network: str) -> Parameters:
        """Return the trained parameters of a network.

        Raises:
            WeightsError: they cannot be had here.
        """
        return self._weights.load(network, self.plan.weights.get(network, AUTO))

    def part(self, name: str, *scopes: str) -> Part:
        """Return an evaluator by name; see `EvaluationPlan.part`."""
        return self.plan.part(name, *scopes)

    def instrument(self, name: str) -> Instrument:
        """Return an evaluator of pairs or sets, ready.

        Raises:
            UsageError: there is none of that name.
            WeightsError: its weights cannot be had here.
        """
        return Instrument(self.part(name, "pair", "set"), self.weights, self.device)

    def classifier(self, name: str) -> tuple[Sequence[ImageClass], Logits]:
        """Return the classes of a classifier, and what classifies.

        Raises:
            UsageError: there is none of that name.
            WeightsError: its weights cannot be had here.
        """
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
                "licence": choice.component.spec.licence,
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


def clip_of(frame: Frame) -> Clip:
    """Return a picture as evaluators of pairs take it."""
    return Clip((frame,), frame.origin)
