"""Measuring results that are there already: which content each was made of, and what is found."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stylekit.errors import InputError, UsageError
from stylekit.evaluation.evaluator import Instrument
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


class Measuring:
    """Reads results, contents and styles, and measures them.

    Args:
        plan: its evaluator measures pairs or sets.
        tell: takes a line for people.

    Raises:
        UsageError: there are no results or contents, or no styles and it looks at them.
    """

    def __init__(
        self, plan: EvaluationPlan, tell: Callable[[str], None] = lambda line: None
    ) -> None:
        config = plan.config
        needed = ("result", "content", *(("style",) if plan.evaluator.spec.styles else ()))
        for key in needed:
            if not getattr(config, key):
                raise UsageError(
                    f"Evaluator '{plan.evaluator.spec.name}' measures results, and no {key} is "
                    "given.",
                    f"Name it with --{key}.",
                )
        self._plan = plan
        self._sources = Sources(plan.catalogue, config.tables)
        self._weights = WeightsManager(plan.catalogue, config.tables, config.offline, tell)
        self._device = devices.choose(config.device)

    def report(self) -> Report:
        """Measure.

        Raises:
            InputError: a source cannot be read, or a result has no content.
            WeightsError: weights cannot be had here.
        """
        config = self._plan.config
        results = self._listed(config.result)
        pairs = list(zip(results, partners(results, self._listed(config.content)), strict=True))
        styles = self._styles()
        instrument = Instrument(self._plan.evaluator, self._load, self._device)
        if instrument.spec.scope == "set":
            return self._of_sets(instrument, pairs, styles)
        if len(pairs) == 1 and instrument.reports:
            result, content = (self._sources.read(source) for source in pairs[0])
            found: Report = instrument.evaluator.report(result, content, styles)
            return found
        return self._of_pairs(instrument, pairs, styles)

    def _of_pairs(
        self, instrument: Instrument, pairs: Sequence[tuple[str, str]], styles: tuple[Style, ...]
    ) -> Report:
        measured = [
            Measured(
                made,
                original,
                instrument.of_pair(self._sources.read(made), self._sources.read(original), styles),
            )
            for made, original in pairs
        ]
        name = instrument.spec.name
        mean = statistics.fmean(each.figure for each in measured)
        rows: list[list[Any]] = [[m.result, m.content, m.figure] for m in measured]
        if len(rows) > 1:
            rows.append(["mean", "", mean])
        return Report(
            {name: mean},
            {**self._facts(instrument, styles), "values": [vars(each) for each in measured]},
            [Table(_title(instrument), ("result", "content", name), rows)],
        )

    def _of_sets(
        self, instrument: Instrument, pairs: Sequence[tuple[str, str]], styles: tuple[Style, ...]
    ) -> Report:
        # Read when they are looked at: together they may not fit into memory.
        made = self._read_later([result for result, _ in pairs])
        originals = self._read_later([content for _, content in pairs])
        figure = instrument.of_sets(made, originals, [style.frame for style in styles])
        name = instrument.spec.name
        facts = {**self._facts(instrument, styles), "results": len(made)}
        row = [len(made), len(styles), figure]
        return Report(
            {name: figure}, facts, [Table(_title(instrument), ("results", "styles", name), [row])]
        )

    def _read_later(self, sources: Sequence[str]) -> Sequence[Frame]:
        return MappedFrames(len(sources), lambda index: self._sources.read_image(sources[index]))

    def _facts(self, instrument: Instrument, styles: Sequence[Style]) -> dict[str, Any]:
        return {
            "evaluator": instrument.part.component.id,
            "params": instrument.part.params.model_dump(mode="json"),
            "unit": instrument.spec.unit,
            "higher_is_better": instrument.spec.higher_is_better,
            "styles": [style.frame.origin for style in styles],
            "weights": {network: c.sha256 for network, c in sorted(self._weights.used.items())},
        }

    def _listed(self, sources: Sequence[str]) -> list[str]:
        return [each for source in sources for each in self._sources.expand(source)]

    def _styles(self) -> tuple[Style, ...]:
        """Return the styles, with weights that add up to 1."""
        found: list[StyleSource] = [
            replace(style, source=each)
            for text in self._plan.config.style
            for style in (parse_style(text),)
            for each in self._sources.expand(style.source)
        ]
        total = sum(style.weight for style in found)
        return tuple(
            Style(filled(self._sources.read_image(s.source)), s.weight / total, s.at) for s in found
        )

    def _load(self, network: str) -> LoadedWeights:
        return self._weights.load(network, self._plan.weights.get(network, AUTO))


@dataclass(frozen=True)
class Measured:
    """The figure of one result."""

    result: str
    content: str
    figure: float


def partners(results: Sequence[str], contents: Sequence[str]) -> list[str]:
    """Return the content of each result: the only one, or the one whose name begins its name.

    `cat-night.png` is of `cat.jpg`; if there is `cat-night.jpg` too, it is of that.

    Raises:
        InputError: a result has no content, or two contents have one name.
    """
    if len(contents) == 1:
        return [contents[0]] * len(results)
    by_name: dict[str, str] = {}
    for content in contents:
        name = short_name(content)
        if name in by_name:
            raise InputError(
                f"{by_name[name]} and {content} have one name: no telling which a result is of.",
                "Measure one folder at a time.",
            )
        by_name[name] = content
    return [_partner(result, by_name) for result in results]


def _partner(result: str, by_name: dict[str, str]) -> str:
    for name in _shorter(short_name(result)):
        if name in by_name:
            return by_name[name]
    raise InputError(
        f"None of the {len(by_name)} contents has a name that {Path(result).name} begins with.",
        "A result of cat.jpg is called cat.png, or cat- and more; or give one content alone.",
    )


def _shorter(name: str) -> Iterator[str]:
    """Yield a name, and it without what follows its last dash, its last but one, ..."""
    yield name
    while "-" in name:
        name = name.rpartition("-")[0]
        yield name


def _title(instrument: Instrument) -> str:
    better = "higher is better" if instrument.spec.higher_is_better else "lower is better"
    unit = f", {instrument.spec.unit}" if instrument.spec.unit else ""
    return f"{instrument.spec.name}: {instrument.spec.summary} ({better}{unit})"
