"""Experiments: evaluators that make their own results, and the context that they run in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from stylekit.evaluation.classifier import ImageClass, LogitFunction
from stylekit.evaluation.metric import BoundMetric
from stylekit.evaluation.report import Report
from stylekit.images.frames import Frame
from stylekit.protocols import LoadedWeights

if TYPE_CHECKING:
    import torch

    from stylekit.registry.catalogue import Component
    from stylekit.runs.plan import ConfiguredComponent
    from stylekit.specs import EvaluatorSpec, MethodSpec


@dataclass(frozen=True)
class Variant:
    """A method with settings.

    Attributes:
        label: for people and file names, unique within an evaluation.
        method: its component.
        layer: the method and its settings, as a layer of configuration.
        swept: the values that a sweep set, by key as the user wrote it (`ink.strength`).
        base: the label without those values; all variants of one sweep share it.
    """

    label: str
    method: Component[MethodSpec]
    layer: Mapping[str, Any]
    swept: Mapping[str, Any] = field(default_factory=dict)
    base: str = ""


Cell = tuple[str, str]
"""A content source and a style source."""


@dataclass
class Stylized:
    """The results of one variant.

    Attributes:
        images: the files that exist.
        failures: the reason, a sentence, for each missing result.
        seconds: the time that each image took, where it is known.
        weights: the weights that the method loaded, by network: name and sha256.
    """

    images: dict[Cell, Path] = field(default_factory=dict)
    failures: dict[Cell, str] = field(default_factory=dict)
    seconds: dict[Cell, float] = field(default_factory=dict)
    weights: dict[str, dict[str, str]] = field(default_factory=dict)


class ExperimentContext(Protocol):
    """The inputs and the services that an experiment works with.

    Attributes:
        dataset: the source of the images to work on; None: the user named none.
        folder: holds the results; an interrupted experiment resumes with the files in it.
        device: to compute on.
        seed: of every random number.
        command: the user's command line, if it is known.
    """

    dataset: str | None
    folder: Path
    device: torch.device
    seed: int
    command: str

    @property
    def variants(self) -> Sequence[Variant]:
        """The methods to compare."""
        raise NotImplementedError

    @property
    def styles(self) -> Sequence[str]:
        """The sources of single style images; folders are expanded."""
        raise NotImplementedError

    def expand(self, source: str) -> list[str]:
        """Return the images of a folder, or the source itself if it is no folder.

        Raises:
            InputError: the source is missing or empty.
        """
        raise NotImplementedError

    def read(self, source: str | Path) -> Frame:
        """Read an image.

        Raises:
            InputError: it cannot be read.
        """
        raise NotImplementedError

    def stylize(self, variant: Variant, contents: Sequence[str], styles: Sequence[str]) -> Stylized:
        """Make every content in every style, except for results that an earlier run left.

        A method that uses no style makes one image for all styles. Failures are in the result, with
        their reasons.

        Raises:
            Interrupted: the user stopped it; finished results are kept.
        """
        raise NotImplementedError

    def weights(self, network: str) -> LoadedWeights:
        """Load the trained weights of a network.

        Raises:
            WeightsError: they are unavailable.
        """
        raise NotImplementedError

    def find(self, spec_type: type[EvaluatorSpec], name: str) -> ConfiguredComponent:
        """Return a metric or classifier with the parameters that the user set; nothing is loaded.

        Raises:
            UsageError: no plugin registers one of that name, or a parameter is wrong.
        """
        raise NotImplementedError

    def metric(self, name: str) -> BoundMetric:
        """Return a metric, ready to score.

        Raises:
            UsageError: no plugin registers a metric of that name.
            WeightsError: its weights are unavailable.
        """
        raise NotImplementedError

    def classifier(self, name: str) -> tuple[Sequence[ImageClass], LogitFunction]:
        """Return the classes of a classifier and the function that classifies.

        Raises:
            UsageError: no plugin registers a classifier of that name.
            WeightsError: its weights are unavailable.
        """
        raise NotImplementedError

    def weights_used(self) -> Mapping[str, Mapping[str, str]]:
        """Return the weights that metrics and classifiers loaded, by network."""
        raise NotImplementedError

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions of programs that can change a score."""
        raise NotImplementedError

    def describe_device(self) -> str:
        """Return the device for people."""
        raise NotImplementedError

    def digest(self) -> str:
        """Return a SHA-256 of all settings: of the evaluation, each method and each table."""
        raise NotImplementedError

    def settings(self, variant: Variant) -> Mapping[str, Any]:
        """Return the whole configuration of a variant, without the sources."""
        raise NotImplementedError


@runtime_checkable
class Experiment(Protocol):
    """Makes its own results, evaluates them and reports."""

    def run(self, context: ExperimentContext) -> Report:
        """Run the experiment.

        If a method or metric is unavailable, an experiment should leave out its row and no more.

        Raises:
            StylekitError: there is nothing to report.
        """
        raise NotImplementedError
