"""Scoring results that exist already: the content of each, its score, and a report."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stylekit.errors import InputError, UsageError
from stylekit.evaluation.metric import BoundMetric
from stylekit.evaluation.report import Report, Table
from stylekit.images.cutouts import filled
from stylekit.images.frames import Frame, MappedFrames
from stylekit.inputs.sources import Sources
from stylekit.inputs.syntax import StyleSource, parse_style, short_name
from stylekit.machine import devices
from stylekit.methods.base import Style
from stylekit.protocols import LoadedWeights
from stylekit.weights.manager import WeightsManager
from stylekit.weights.selection import AUTO
from stylekit_plugins.evaluation.plan import EvaluationPlan


class Measurement:
    """Reads results, contents and styles, and scores the results.

    Args:
        plan: its evaluator is a metric.

    Raises:
        UsageError: results or contents are missing, or styles that the metric uses.
    """

    def __init__(self, plan: EvaluationPlan) -> None:
        config = plan.config
        needed = ("result", "content", *(("style",) if plan.evaluator.spec.styles else ()))
        for key in needed:
            if not getattr(config, key):
                raise UsageError(
                    f"Metric '{plan.evaluator.spec.name}' needs a {key}.", f"Name it with --{key}."
                )
        self._plan = plan
        self._sources = Sources(plan.catalogue, config.tables)
        self._weights = WeightsManager(plan.catalogue, config.tables, config.offline)
        self._device = devices.choose(config.device)

    def report(self) -> Report:
        """Score the results.

        Raises:
            InputError: a source cannot be read, or a result has no content.
            WeightsError: weights are unavailable.
        """
        config = self._plan.config
        results = self._expanded(config.result)
        pairs = list(zip(results, partners(results, self._expanded(config.content)), strict=True))
        styles = self._styles()
        metric = BoundMetric(self._plan.evaluator, self._load, self._device)
        if metric.spec.scope == "set":
            return self._score_sets(metric, pairs, styles)
        if len(pairs) == 1 and metric.can_report:
            result, content = (self._sources.read(source) for source in pairs[0])
            return metric.report(result, content, styles)
        return self._score_pairs(metric, pairs, styles)

    def _score_pairs(
        self, metric: BoundMetric, pairs: Sequence[tuple[str, str]], styles: tuple[Style, ...]
    ) -> Report:
        scored = [
            ScoredResult(
                result,
                content,
                metric.score_pair(self._sources.read(result), self._sources.read(content), styles),
            )
            for result, content in pairs
        ]
        name = metric.spec.name
        mean = statistics.fmean(each.score for each in scored)
        rows: list[list[Any]] = [[each.result, each.content, each.score] for each in scored]
        if len(rows) > 1:
            rows.append(["mean", "", mean])
        return Report(
            {name: mean},
            {**self._details(metric, styles), "values": [vars(each) for each in scored]},
            [Table(_title(metric), ("result", "content", name), rows)],
        )

    def _score_sets(
        self, metric: BoundMetric, pairs: Sequence[tuple[str, str]], styles: tuple[Style, ...]
    ) -> Report:
        # Read on access: together they may not fit into memory.
        results = self._read_lazily([result for result, _ in pairs])
        contents = self._read_lazily([content for _, content in pairs])
        score = metric.score_sets(results, contents, [style.frame for style in styles])
        name = metric.spec.name
        details = {**self._details(metric, styles), "results": len(results)}
        row = [len(results), len(styles), score]
        return Report(
            {name: score}, details, [Table(_title(metric), ("results", "styles", name), [row])]
        )

    def _read_lazily(self, sources: Sequence[str]) -> Sequence[Frame]:
        return MappedFrames(len(sources), lambda index: self._sources.read_image(sources[index]))

    def _details(self, metric: BoundMetric, styles: Sequence[Style]) -> dict[str, Any]:
        return {
            "evaluator": metric.component.component.id,
            "params": metric.component.params.model_dump(mode="json"),
            "unit": metric.spec.unit,
            "higher_is_better": metric.spec.higher_is_better,
            "styles": [style.frame.origin for style in styles],
            "weights": {network: c.sha256 for network, c in sorted(self._weights.used.items())},
        }

    def _expanded(self, sources: Sequence[str]) -> list[str]:
        return [each for source in sources for each in self._sources.expand(source)]

    def _styles(self) -> tuple[Style, ...]:
        """Return the styles, with weights that add up to 1."""
        sources: list[StyleSource] = [
            replace(style, source=each)
            for text in self._plan.config.style
            for style in (parse_style(text),)
            for each in self._sources.expand(style.source)
        ]
        total = sum(style.weight for style in sources)
        return tuple(
            Style(filled(self._sources.read_image(s.source)), s.weight / total, s.at)
            for s in sources
        )

    def _load(self, network: str) -> LoadedWeights:
        return self._weights.load(network, self._plan.weights.get(network, AUTO))


@dataclass(frozen=True)
class ScoredResult:
    """The score of one result, with the sources of result and content."""

    result: str
    content: str
    score: float


def partners(results: Sequence[str], contents: Sequence[str]) -> list[str]:
    """Return the content of each result: the only one, or the one whose name begins its name.

    `cat-night.png` belongs to `cat.jpg`; if `cat-night.jpg` exists too, it belongs to that.

    Raises:
        InputError: a result has no content, or two contents share a name.
    """
    if len(contents) == 1:
        return [contents[0]] * len(results)
    by_name: dict[str, str] = {}
    for content in contents:
        name = short_name(content)
        if name in by_name:
            raise InputError(
                f"{by_name[name]} and {content} share a name, so results cannot be matched to "
                "them.",
                "Evaluate one folder at a time.",
            )
        by_name[name] = content
    return [_partner(result, by_name) for result in results]


def _partner(result: str, by_name: dict[str, str]) -> str:
    for name in _shortened(short_name(result)):
        if name in by_name:
            return by_name[name]
    raise InputError(
        f"{Path(result).name} matches none of the {len(by_name)} contents.",
        "A result of cat.jpg is called cat.png or cat-ANYTHING.png; or give one content alone.",
    )


def _shortened(name: str) -> Iterator[str]:
    """Yield a name, then the name without its last dash-separated part, its last two, ..."""
    yield name
    while "-" in name:
        name = name.rpartition("-")[0]
        yield name


def _title(metric: BoundMetric) -> str:
    better = "higher is better" if metric.spec.higher_is_better else "lower is better"
    unit = f", {metric.spec.unit}" if metric.spec.unit else ""
    return f"{metric.spec.name}: {metric.spec.summary} ({better}{unit})"
