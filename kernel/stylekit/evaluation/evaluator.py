"""Measuring results: one by one, or as a set against a set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch

from stylekit.errors import UsageError
from stylekit.evaluation.report import Report
from stylekit.images.frames import Clip, Frame
from stylekit.methods.base import Style
from stylekit.protocols import LoadedWeights

if TYPE_CHECKING:
    from stylekit.runs.plan import ConfiguredComponent


@dataclass(frozen=True, eq=False)
class Sets:
    """What an evaluator of sets compares.

    Attributes:
        results: pictures that a method made.
        contents: what they were made of, in the same order.
        styles: pictures that they should be like, in any order and number.
        weights: loads the trained parameters of a network by its name.
    """

    results: Sequence[Frame]
    contents: Sequence[Frame]
    styles: Sequence[Frame]
    device: torch.device
    weights: Callable[[str], LoadedWeights]


class Evaluator(Protocol):
    """Measures results: one by one, or, if its spec says so, all of them together."""

    def evaluate(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the figure of one result (scope `pair`)."""
        raise NotImplementedError

    def evaluate_sets(self, sets: Sets) -> float:
        """Return the figure of many results (scope `set`)."""
        raise NotImplementedError


class Prepared(Protocol):
    """An evaluator of pairs that needs weights or a device: a method more."""

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Get ready, once, before anything is measured.

        Raises:
            WeightsError: its weights cannot be had here.
        """


class Reporting(Protocol):
    """An evaluator of pairs that has more to say than one figure: a method more."""

    def report(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> Report:
        """Return all that there is to say of one result, the figure of `evaluate` among it."""


class Instrument:
    """An evaluator of pairs or sets, made and ready.

    Args:
        weights: loads the trained parameters of a network by its name.

    Raises:
        WeightsError: those of a network that it needs cannot be had here.
    """

    def __init__(
        self,
        part: ConfiguredComponent,
        weights: Callable[[str], LoadedWeights],
        device: torch.device,
    ) -> None:
        self.part = part
        self.spec = part.spec
        self.evaluator: Any = part.make()
        self._weights = weights
        self._device = device
        if hasattr(self.evaluator, "prepare"):
            self.evaluator.prepare(weights, device)

    @property
    def reports(self) -> bool:
        """Whether it has more to say of one result than a figure; see `Reporting`."""
        return self.spec.scope == "pair" and hasattr(self.evaluator, "report")

    def of_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the figure of one result (scope `pair`)."""
        return float(self.evaluator.evaluate(result, content, styles))

    def of_sets(
        self, results: Sequence[Frame], contents: Sequence[Frame], styles: Sequence[Frame]
    ) -> float:
        """Return the figure of many results (scope `set`)."""
        sets = Sets(results, contents, styles, self._device, self._weights)
        return float(self.evaluator.evaluate_sets(sets))


def check_measures(parts: Sequence[ConfiguredComponent]) -> None:
    """Refuse evaluators that give no figure of given results.

    Raises:
        UsageError: one classifies, or makes its own results.
    """
    for part in parts:
        if part.spec.scope not in ("pair", "set"):
            raise UsageError(
                f"Evaluator '{part.spec.name}' cannot measure results: it is "
                f"{'a classifier' if part.spec.scope == 'classifier' else 'an experiment'}.",
                "`stylekit list-plugins` shows the evaluators.",
            )
