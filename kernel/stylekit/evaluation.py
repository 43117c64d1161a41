"""Measuring results: one by one, or as a set against a set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch

from stylekit.frames import Clip, Frame
from stylekit.method import Style
from stylekit.protocols import Parameters

if TYPE_CHECKING:
    from stylekit.plan import Part
    from stylekit.weights import WeightsManager


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
    weights: Callable[[str], Parameters]


class Evaluator(Protocol):
    """Measures results: one by one, or, if its spec says so, all of them together."""

    def evaluate(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the figure of one result (scope `pair`)."""
        raise NotImplementedError

    def evaluate_sets(self, sets: Sets) -> float:
        """Return the figure of many results (scope `set`)."""
        raise NotImplementedError


class Measures:
    """The evaluators of a training; falsy if there are none.

    Args:
        parts: the evaluators, the one that decides which epoch is best first.
    """

    def __init__(
        self, parts: Sequence[Part], weights: WeightsManager, device: torch.device
    ) -> None:
        self._parts = parts
        self._made: list[Any] = [part.make() for part in parts]
        self._weights = weights
        self._device = device

    def __bool__(self) -> bool:
        return bool(self._parts)

    def of(
        self, results: Sequence[Frame], contents: Sequence[Frame], styles: Sequence[Frame]
    ) -> dict[str, float]:
        """Return each evaluator's figure by name; a mean where it looks at single results."""
        sets = Sets(results, contents, styles, self._device, self._weights.load)
        given = tuple(Style(frame, 1 / len(styles)) for frame in styles)
        figures = {}
        for part, evaluator in zip(self._parts, self._made, strict=True):
            if part.spec.scope == "set":
                figure = float(evaluator.evaluate_sets(sets))
            else:
                values = [
                    float(evaluator.evaluate(Clip((made,)), Clip((content,)), given))
                    for made, content in zip(results, contents, strict=True)
                ]
                figure = sum(values) / len(values)
            figures[part.spec.name] = figure
        return figures

    def is_best(self, history: Sequence[Mapping[str, Any]]) -> bool:
        """Tell whether the last epoch has the best first figure of all."""
        if not self._parts:
            return False
        spec = self._parts[0].spec
        figures = [epoch["measures"][spec.name] for epoch in history]
        best = max(figures) if spec.higher_is_better else min(figures)
        return bool(figures[-1] == best)
