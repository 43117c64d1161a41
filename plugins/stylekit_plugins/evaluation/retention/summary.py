"""From single outcomes to the figures of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from stylekit.evaluation.classifier import ImageClass
from stylekit_plugins.evaluation.retention.dataset import Example
from stylekit_plugins.evaluation.retention.params import RetentionParams
from stylekit_plugins.evaluation.retention.scoring import Judged, Outcome, Results
from stylekit_plugins.evaluation.retention.statistics import Interval, clustered, ratio, wilson

SHARES: Mapping[str, Callable[[Outcome], bool]] = {
    "top1": lambda outcome: outcome.judged.top1,
    "top5": lambda outcome: outcome.judged.top5,
    "agreement": lambda outcome: outcome.agrees,
}
"""Figures that are shares of pictures."""


def measure(name: str) -> Callable[[Outcome], float | None]:
    """Return what gives the figure of a measure."""
    return lambda outcome: outcome.measures[name]


@dataclass(frozen=True)
class Score:
    """One figure of one method.

    Attributes:
        by_style: the figure of each style, by its name.
        count: pictures, over all styles, that it is of.
    """

    interval: Interval
    by_style: Mapping[str, float] = field(default_factory=dict)
    count: int = 0


@dataclass(frozen=True)
class Summary:
    """One row of the table.

    Attributes:
        scores: by figure: `top1`, `top5`, `retention`, `agreement`, `probability`, measures.
        seconds: mean time of one picture; None: not known.
        made: results, over all styles.
        wanted: results that there should be.
    """

    method: str
    scores: Mapping[str, Score]
    seconds: float | None
    made: int
    wanted: int


class Summaries:
    """Makes the rows.

    Args:
        styles: sources of the styles, with their names.
        seed: of the bootstrap; every figure is drawn with the same numbers.
    """

    def __init__(
        self,
        params: RetentionParams,
        seed: int,
        clean: Mapping[Example, Judged],
        styles: Mapping[str, str],
    ) -> None:
        self._params = params
        self._seed = seed
        self._clean = clean
        self._styles = styles

    def clean(self) -> Summary:
        """Return the row of the pictures as they are."""
        judged, count = list(self._clean.values()), len(self._clean)
        scores = {
            name: Score(self._wilson(sum(getattr(each, name) for each in judged), count), {}, count)
            for name in ("top1", "top5")
        }
        mean = sum(each.probability for each in judged) / count
        scores["probability"] = Score(Interval(mean), {}, count)
        return Summary("clean", scores, None, count, count)

    def of(self, results: Results) -> Summary:
        """Return the row of a method."""
        outcomes = results.outcomes
        scores: dict[str, Score] = {}
        if outcomes:
            for name, right in SHARES.items():
                scores[name] = self._share(results, right)
            if retention := self._retention(results):
                scores["retention"] = retention
            scores["probability"] = self._mean(outcomes, lambda x: x.judged.probability)
            for name in outcomes[0].measures:
                if any(each.measures[name] is not None for each in outcomes):
                    scores[name] = self._mean(outcomes, measure(name))
        for name, figure in results.sets.items():
            if figure is not None:
                scores[name] = Score(Interval(figure), {}, len(outcomes))
        seconds = [each.seconds for each in outcomes if each.seconds is not None]
        return Summary(
            results.variant.label,
            scores,
            sum(seconds) / len(seconds) if seconds else None,
            len(outcomes),
            len(outcomes) + len(results.failures),
        )

    def differences(self, results: Results, baseline: Results) -> dict[str, Score]:
        """Return, by figure, a method's minus the baseline's, over what both made."""
        theirs = {(each.style, each.example): each for each in baseline.outcomes}
        pairs = [
            (each, theirs[each.style, each.example])
            for each in results.outcomes
            if (each.style, each.example) in theirs
        ]
        figures: dict[str, Callable[[Outcome], float | None]] = {
            **SHARES,
            "probability": lambda x: x.judged.probability,
        }
        for name in results.outcomes[0].measures if results.outcomes else ():
            figures[name] = measure(name)
        found: dict[str, Score] = {}
        for name, figure in figures.items():
            by_style: dict[str, list[float]] = {}
            for mine, other in pairs:
                values = figure(mine), figure(other)
                if values[0] is not None and values[1] is not None:
                    by_style.setdefault(mine.style, []).append(values[0] - values[1])
            if by_style:
                found[name] = self._of_means(by_style)
        return found

    def per_class(
        self, every: Sequence[Results]
    ) -> dict[ImageClass, dict[str, tuple[int, int, Interval]]]:
        """Return, by class and row, how many were right of how many, with Wilson's interval.

        For methods, results in all styles count; they are no independent cases, so that the
        interval of a method is too short.
        """
        counts: dict[ImageClass, dict[str, list[bool]]] = {}
        for example, judged in self._clean.items():
            counts.setdefault(example.label, {}).setdefault("clean", []).append(judged.top1)
        for results in every:
            for each in results.outcomes:
                rows = counts.setdefault(each.example.label, {})
                rows.setdefault(each.method, []).append(each.judged.top1)
        return {
            label: {
                row: (sum(right), len(right), self._wilson(sum(right), len(right)))
                for row, right in rows.items()
            }
            for label, rows in sorted(counts.items(), key=lambda item: item[0].index)
        }

    # -- intervals ------------------------------------------------------------------------------

    def _share(self, results: Results, right: Callable[[Outcome], bool]) -> Score:
        by_style = self._by_style(results.outcomes, lambda x: float(right(x)))
        if not results.blind:
            return self._of_means(by_style)
        # Styles are no cases where they change nothing: pictures are.
        first = next(iter(by_style.values()))
        return Score(
            self._wilson(round(sum(first)), len(first)),
            self._means(by_style),
            sum(map(len, by_style.values())),
        )

    def _retention(self, results: Results) -> Score | None:
        """Return top-1 relative to that of the same pictures before; None: none was right."""
        by_style: dict[str, list[tuple[bool, bool]]] = {}
        for each in results.outcomes:
            pair = each.judged.top1, self._clean[each.example].top1
            by_style.setdefault(each.style, []).append(pair)
        if not all(any(before for _, before in pairs) for pairs in by_style.values()):
            return None
        shares = {
            style: sum(after for after, _ in pairs) / sum(before for _, before in pairs)
            for style, pairs in by_style.items()
        }
        params = self._params
        if results.blind:
            kept, before = zip(*next(iter(by_style.values())), strict=True)
            interval = ratio(kept, before, params.draws, params.confidence, self._seed)
        else:
            interval = self._drawn(list(shares.values()))
        named = {self._styles[style]: share for style, share in shares.items()}
        return Score(interval, named, sum(map(len, by_style.values())))

    def _mean(
        self, outcomes: Sequence[Outcome], figure: Callable[[Outcome], float | None]
    ) -> Score:
        return self._of_means(self._by_style(outcomes, figure))

    def _by_style(
        self, outcomes: Sequence[Outcome], figure: Callable[[Outcome], float | None]
    ) -> dict[str, list[float]]:
        by_style: dict[str, list[float]] = {}
        for each in outcomes:
            value = figure(each)
            if value is not None:
                by_style.setdefault(each.style, []).append(value)
        return by_style

    def _of_means(self, by_style: Mapping[str, Sequence[float]]) -> Score:
        means = self._means(by_style)
        count = sum(map(len, by_style.values()))
        return Score(self._drawn(list(means.values())), means, count)

    def _means(self, by_style: Mapping[str, Sequence[float]]) -> dict[str, float]:
        return {
            self._styles[style]: sum(values) / len(values) for style, values in by_style.items()
        }

    def _drawn(self, means: Sequence[float]) -> Interval:
        return clustered(means, self._params.draws, self._params.confidence, self._seed)

    def _wilson(self, right: int, count: int) -> Interval:
        return wilson(right, count, self._params.confidence)
