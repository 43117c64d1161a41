"""From scored images to the rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from stylekit.evaluation.classifier import ImageClass
from stylekit_plugins.evaluation.retention.dataset import Example
from stylekit_plugins.evaluation.retention.params import RetentionParams
from stylekit_plugins.evaluation.retention.scoring import MethodResults, Prediction, ScoredImage
from stylekit_plugins.evaluation.retention.statistics import Interval, clustered, ratio, wilson

RATES: Mapping[str, Callable[[ScoredImage], bool]] = {
    "top1": lambda scored_image: scored_image.prediction.top1,
    "top5": lambda scored_image: scored_image.prediction.top5,
    "agreement": lambda scored_image: scored_image.agrees,
}
"""Rates: fractions of the images for which something holds."""


def metric_score(name: str) -> Callable[[ScoredImage], float | None]:
    """Return the function that looks up the score of a metric."""
    return lambda scored_image: scored_image.scores[name]


@dataclass(frozen=True)
class Score:
    """One score of one method, with its interval.

    Attributes:
        by_style: the mean of each style, by the name of the style.
        count: number of images over all styles.
    """

    interval: Interval
    by_style: Mapping[str, float] = field(default_factory=dict)
    count: int = 0


@dataclass(frozen=True)
class Summary:
    """One row of the table.

    Attributes:
        scores: by name: `top1`, `top5`, `retention`, `agreement`, `probability`, metrics.
        seconds: mean time of one image; None: unknown.
        completed: number of results over all styles.
        expected: the same number if no result had failed.
    """

    method: str
    scores: Mapping[str, Score]
    seconds: float | None
    completed: int
    expected: int


class Summaries:
    """Computes the rows.

    Args:
        styles: names of the styles, by source.
        seed: of the bootstrap; every score is drawn with the same random numbers.
    """

    def __init__(
        self,
        params: RetentionParams,
        seed: int,
        clean: Mapping[Example, Prediction],
        styles: Mapping[str, str],
    ) -> None:
        self._params = params
        self._seed = seed
        self._clean = clean
        self._styles = styles

    def clean(self) -> Summary:
        """Return the row of the original images."""
        predictions, count = list(self._clean.values()), len(self._clean)
        scores = {
            name: Score(
                self._wilson(sum(getattr(each, name) for each in predictions), count), {}, count
            )
            for name in ("top1", "top5")
        }
        mean = sum(each.probability for each in predictions) / count
        scores["probability"] = Score(Interval(mean), {}, count)
        return Summary("clean", scores, None, count, count)

    def of(self, results: MethodResults) -> Summary:
        """Return the row of a method."""
        scored_images = results.scored_images
        scores: dict[str, Score] = {}
        if scored_images:
            for name, holds in RATES.items():
                scores[name] = self._rate(results, holds)
            if retention := self._retention(results):
                scores["retention"] = retention
            scores["probability"] = self._mean(scored_images, lambda x: x.prediction.probability)
            for name in scored_images[0].scores:
                if any(each.scores[name] is not None for each in scored_images):
                    scores[name] = self._mean(scored_images, metric_score(name))
        for name, value in results.set_scores.items():
            if value is not None:
                scores[name] = Score(Interval(value), {}, len(scored_images))
        seconds = [each.seconds for each in scored_images if each.seconds is not None]
        return Summary(
            results.variant.label,
            scores,
            sum(seconds) / len(seconds) if seconds else None,
            len(scored_images),
            len(scored_images) + len(results.failures),
        )

    def differences(self, results: MethodResults, baseline: MethodResults) -> dict[str, Score]:
        """Return the differences of a method from the baseline, over the results that both have."""
        theirs = {(each.style, each.example): each for each in baseline.scored_images}
        pairs = [
            (each, theirs[each.style, each.example])
            for each in results.scored_images
            if (each.style, each.example) in theirs
        ]
        functions: dict[str, Callable[[ScoredImage], float | None]] = {
            **RATES,
            "probability": lambda x: x.prediction.probability,
        }
        for name in results.scored_images[0].scores if results.scored_images else ():
            functions[name] = metric_score(name)
        differences: dict[str, Score] = {}
        for name, function in functions.items():
            by_style: dict[str, list[float]] = {}
            for mine, other in pairs:
                values = function(mine), function(other)
                if values[0] is not None and values[1] is not None:
                    by_style.setdefault(mine.style, []).append(values[0] - values[1])
            if by_style:
                differences[name] = self._of_means(by_style)
        return differences

    def per_class(
        self, every: Sequence[MethodResults]
    ) -> dict[ImageClass, dict[str, tuple[int, int, Interval]]]:
        """Return, by class and row, the correct predictions, all of them, and Wilson's interval.

        Results in all styles count. They are not independent, so the interval of a method is too
        short.
        """
        counts: dict[ImageClass, dict[str, list[bool]]] = {}
        for example, prediction in self._clean.items():
            counts.setdefault(example.label, {}).setdefault("clean", []).append(prediction.top1)
        for results in every:
            for each in results.scored_images:
                rows = counts.setdefault(each.example.label, {})
                rows.setdefault(each.method, []).append(each.prediction.top1)
        return {
            label: {
                row: (sum(right), len(right), self._wilson(sum(right), len(right)))
                for row, right in rows.items()
            }
            for label, rows in sorted(counts.items(), key=lambda item: item[0].index)
        }

    # -- intervals ------------------------------------------------------------------------------

    def _rate(self, results: MethodResults, holds: Callable[[ScoredImage], bool]) -> Score:
        by_style = self._by_style(results.scored_images, lambda x: float(holds(x)))
        if not results.style_agnostic:
            return self._of_means(by_style)
        # Results do not depend on the style: the images are the sample.
        first = next(iter(by_style.values()))
        return Score(
            self._wilson(round(sum(first)), len(first)),
            self._means(by_style),
            sum(map(len, by_style.values())),
        )

    def _retention(self, results: MethodResults) -> Score | None:
        """Return top-1 relative to that of the same images before; None: that was 0."""
        by_style: dict[str, list[tuple[bool, bool]]] = {}
        for each in results.scored_images:
            pair = each.prediction.top1, self._clean[each.example].top1
            by_style.setdefault(each.style, []).append(pair)
        if not all(any(before for _, before in pairs) for pairs in by_style.values()):
            return None
        rates = {
            style: sum(after for after, _ in pairs) / sum(before for _, before in pairs)
            for style, pairs in by_style.items()
        }
        params = self._params
        if results.style_agnostic:
            kept, before = zip(*next(iter(by_style.values())), strict=True)
            interval = ratio(kept, before, params.draws, params.confidence, self._seed)
        else:
            interval = self._bootstrap(list(rates.values()))
        named = {self._styles[style]: rate for style, rate in rates.items()}
        return Score(interval, named, sum(map(len, by_style.values())))

    def _mean(
        self, scored_images: Sequence[ScoredImage], function: Callable[[ScoredImage], float | None]
    ) -> Score:
        return self._of_means(self._by_style(scored_images, function))

    def _by_style(
        self, scored_images: Sequence[ScoredImage], function: Callable[[ScoredImage], float | None]
    ) -> dict[str, list[float]]:
        by_style: dict[str, list[float]] = {}
        for each in scored_images:
            value = function(each)
            if value is not None:
                by_style.setdefault(each.style, []).append(value)
        return by_style

    def _of_means(self, by_style: Mapping[str, Sequence[float]]) -> Score:
        means = self._means(by_style)
        count = sum(map(len, by_style.values()))
        return Score(self._bootstrap(list(means.values())), means, count)

    def _means(self, by_style: Mapping[str, Sequence[float]]) -> dict[str, float]:
        return {
            self._styles[style]: sum(values) / len(values) for style, values in by_style.items()
        }

    def _bootstrap(self, means: Sequence[float]) -> Interval:
        return clustered(means, self._params.draws, self._params.confidence, self._seed)

    def _wilson(self, right: int, count: int) -> Interval:
        return wilson(right, count, self._params.confidence)
