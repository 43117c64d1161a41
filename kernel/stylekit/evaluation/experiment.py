"""Experiments: evaluators that make their own results, and what they are given to work with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from stylekit.evaluation.classifier import ImageClass, Logits
from stylekit.evaluation.evaluator import Instrument
from stylekit.evaluation.report import Report
from stylekit.images.frames import Frame
from stylekit.protocols import LoadedWeights

if TYPE_CHECKING:
    import torch

    from stylekit.registry.catalogue import Component
    from stylekit.runs.plan import ConfiguredComponent
    from stylekit.specs import MethodSpec


@dataclass(frozen=True)
class Variant:
    """A method with settings.

    Attributes:
        label: for people and file names; no two variants of an evaluation have the same.
        method: its component.
        layer: the method and its settings, as a layer of configuration.
        swept: what a sweep set, by key as it was written (`ink.strength`).
        base: the label without that; variants of one sweep have one.
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
    """What a method made.

    Attributes:
        images: the files that there are.
        failures: what there is not, and why, in a sentence.
        seconds: how long each picture took to make, as far as that is known.
        weights: what the method loaded, by network: name and sha256.
    """

    images: dict[Cell, Path] = field(default_factory=dict)
    failures: dict[Cell, str] = field(default_factory=dict)
    seconds: dict[Cell, float] = field(default_factory=dict)
    weights: dict[str, dict[str, str]] = field(default_factory=dict)


class Bench(Protocol):
    """What an experiment works with.

    Attributes:
        dataset: the source of the pictures to work on; None: the user named none.
        folder: where results are kept; a run that was stopped goes on with what is there.
        device: to compute on.
        seed: of every random number.
        command: what the user wrote, as far as it is known.
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
        """The sources of single style pictures; folders are listed already."""
        raise NotImplementedError

    def tell(self, line: str, /) -> None:
        """Tell the user a line."""

    def expand(self, source: str) -> list[str]:
        """Return the sources that a source stands for: the pictures of a folder, or itself.

        Raises:
            InputError: it is missing or empty.
        """
        raise NotImplementedError

    def read(self, source: str | Path) -> Frame:
        """Return the picture of a source.

        Raises:
            InputError: it cannot be read.
        """
        raise NotImplementedError

    def stylize(self, variant: Variant, contents: Sequence[str], styles: Sequence[str]) -> Stylized:
        """Make every content in every style; what is there from an earlier run is taken.

        A method that needs no style is given none, and makes one picture for all styles. Whatever
        fails is in the result, with its reason.

        Raises:
            Interrupted: the user stopped it; what is done is kept.
        """
        raise NotImplementedError

    def weights(self, network: str) -> LoadedWeights:
        """Return the trained parameters of a network.

        Raises:
            WeightsError: they cannot be had here.
        """
        raise NotImplementedError

    def part(self, name: str, *scopes: str) -> ConfiguredComponent:
        """Return an evaluator of one of some scopes.

        Raises:
            UsageError: there is none of that name, or it is of another scope.
        """
        raise NotImplementedError

    def instrument(self, name: str) -> Instrument:
        """Return an evaluator of pairs or sets, ready.

        Raises:
            UsageError: there is none of that name.
            WeightsError: its weights cannot be had here.
        """
        raise NotImplementedError

    def classifier(self, name: str) -> tuple[Sequence[ImageClass], Logits]:
        """Return the classes of a classifier, and what classifies.

        Raises:
            UsageError: there is none of that name.
            WeightsError: its weights cannot be had here.
        """
        raise NotImplementedError

    def weights_used(self) -> Mapping[str, Mapping[str, str]]:
        """Return, by network, what was loaded for measures and classifiers."""
        raise NotImplementedError

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions that can change a figure."""
        raise NotImplementedError

    def describe_device(self) -> str:
        """Return the device for people."""
        raise NotImplementedError

    def digest(self) -> str:
        """Return a SHA-256 of all settings: of the evaluation, of each method, of each table."""
        raise NotImplementedError

    def settings(self, variant: Variant) -> Mapping[str, Any]:
        """Return the whole configuration of a variant, sources left out."""
        raise NotImplementedError


class Experiment(Protocol):
    """An evaluator of scope `experiment`."""

    def experiment(self, bench: Bench) -> Report:
        """Do all of it: make results, measure them, say what was found.

        A method or a measure that cannot be had should cost its own row and nothing else.

        Raises:
            StylekitError: there is nothing to report.
        """
        raise NotImplementedError
