"""What every picture was taken for, before and after each method, and how it measures."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from stylekit.errors import InputError, StylekitError, one_line
from stylekit.evaluation.classifier import LogitFunction
from stylekit.evaluation.experiment import ExperimentContext, Stylized, Variant
from stylekit.evaluation.metric import BoundMetric
from stylekit.images.frames import Clip, Frame, MappedFrames
from stylekit.methods.base import Style
from stylekit_plugins.evaluation.retention.dataset import Example

_log = logging.getLogger(f"stylekit.{__name__}")

BATCH = 16
"""Pictures that are in memory at once."""

TOP = 5


@dataclass(frozen=True)
class Judged:
    """What a classifier says of one picture.

    Attributes:
        predicted: index of the likeliest class.
        top1: the likeliest class is the true one.
        top5: the true one is among the five likeliest.
        probability: of the true class.
    """

    predicted: int
    top1: bool
    top5: bool
    probability: float


@dataclass(frozen=True)
class Outcome:
    """One picture by one method in one style.

    Attributes:
        agrees: the likeliest class is the one that it was before.
        measures: of pairs, by name; None: it could not be measured.
        seconds: that the making took; None: not known.
    """

    method: str
    style: str
    example: Example
    judged: Judged
    agrees: bool
    measures: Mapping[str, float | None]
    seconds: float | None


@dataclass
class Results:
    """All that a method made.

    Attributes:
        blind: it makes the same of a picture in every style.
        failures: by style and picture, why there is no result.
        sets: figures of all results together, by measure; None: they could not be measured.
        notes: why a measure is missing.
    """

    variant: Variant
    stylized: Stylized
    outcomes: list[Outcome] = field(default_factory=list)
    failures: list[tuple[str, Example, str]] = field(default_factory=list)
    sets: dict[str, float | None] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def blind(self) -> bool:
        """Whether it makes the same of a picture in every style."""
        return self.variant.method.spec.styles[0] == 0


def judge(
    context: ExperimentContext, logits: LogitFunction, examples: Sequence[Example]
) -> tuple[dict[Example, Judged], dict[str, str]]:
    """Classify pictures as they are; return also which cannot be read, and why."""
    judged: dict[Example, Judged] = {}
    unreadable: dict[str, str] = {}
    for batch in _batches(examples):
        frames: dict[Example, Frame] = {}
        for example in batch:
            try:
                frames[example] = context.read(example.source)
            except InputError as error:
                unreadable[example.name] = error.message
                _log.warning(f"{error.message} It is left out.")
        judged |= classified(logits, frames)
    return judged, unreadable


def classified(logits: LogitFunction, frames: Mapping[Example, Frame]) -> dict[Example, Judged]:
    """Return what a classifier says of some pictures."""
    if not frames:
        return {}
    found = {}
    for example, values in zip(frames, logits(list(frames.values())), strict=True):
        true = example.label.index
        # Classes with an equal logit are ahead: a classifier that cannot tell gets no five right.
        ahead = int((values >= values[true]).sum()) - 1
        predicted = int(values.argmax())
        found[example] = Judged(
            predicted, predicted == true, ahead < TOP, float(values.double().softmax(0)[true])
        )
    return found


class Trial:
    """Judges and measures what methods made.

    Args:
        clean: what the classifier says of the pictures as they are.
        styles: the style pictures by source.
        instruments: the measures that can be had, by name.
    """

    def __init__(
        self,
        context: ExperimentContext,
        logits: LogitFunction,
        clean: Mapping[Example, Judged],
        styles: Mapping[str, Frame],
        instruments: Mapping[str, BoundMetric],
    ) -> None:
        self._context = context
        self._logits = logits
        self._clean = clean
        self._styles = styles
        self._of_pairs = {k: v for k, v in instruments.items() if v.spec.scope == "pair"}
        self._of_sets = {k: v for k, v in instruments.items() if v.spec.scope == "set"}

    def of(self, variant: Variant, stylized: Stylized) -> Results:
        """Return what became of every picture."""
        results = Results(variant, stylized)
        for style, frame in self._styles.items():
            for batch in _batches(list(self._clean)):
                self._judge_batch(results, style, frame, batch)
        for name, instrument in self._of_sets.items():
            results.sets[name] = self._of_all(results, name, instrument)
        return results

    def _judge_batch(
        self, results: Results, style: str, frame: Frame, batch: Sequence[Example]
    ) -> None:
        made: dict[Example, Frame] = {}
        for example in batch:
            cell = example.source, style
            if cell in results.stylized.images:
                made[example] = self._context.read(results.stylized.images[cell])
            else:
                reason = results.stylized.failures.get(cell, "It was not made.")
                results.failures.append((style, example, reason))
        for example, judged in classified(self._logits, made).items():
            results.outcomes.append(
                Outcome(
                    method=results.variant.label,
                    style=style,
                    example=example,
                    judged=judged,
                    agrees=judged.predicted == self._clean[example].predicted,
                    measures=self._measured(results, example, made[example], frame),
                    seconds=results.stylized.seconds.get((example.source, style)),
                )
            )

    def _measured(
        self, results: Results, example: Example, made: Frame, style: Frame
    ) -> dict[str, float | None]:
        if not self._of_pairs:
            return {}
        content = _clip_of(self._context.read(example.source))
        found: dict[str, float | None] = {}
        for name, instrument in self._of_pairs.items():
            try:
                figure = instrument.score_pair(_clip_of(made), content, (Style(style),))
            except InputError as error:
                found[name] = None
                results.notes.setdefault(name, error.message)
                continue
            found[name] = figure if math.isfinite(figure) else None
            if found[name] is None:
                results.notes.setdefault(name, f"of {example.name} it is no finite number.")
        return found

    def _of_all(self, results: Results, name: str, instrument: BoundMetric) -> float | None:
        """Return the figure of all results of a method together, against all styles."""
        cells = list(results.stylized.images)
        paths = list(results.stylized.images.values())
        # Read when they are looked at: together they may not fit into memory.
        made = MappedFrames(len(paths), lambda index: self._context.read(paths[index]))
        contents = MappedFrames(len(cells), lambda index: self._context.read(cells[index][0]))
        try:
            figure = instrument.score_sets(made, contents, list(self._styles.values()))
        except (StylekitError, ValueError, RuntimeError) as error:
            # A library's own words for sets that are too small.
            results.notes[name] = one_line(error)
            return None
        if not math.isfinite(figure):
            results.notes[name] = "it is no finite number."
            return None
        return figure


def _batches(examples: Sequence[Example]) -> Iterator[Sequence[Example]]:
    for start in range(0, len(examples), BATCH):
        yield examples[start : start + BATCH]


def _clip_of(frame: Frame) -> Clip:
    """Return a picture as evaluators of pairs take it."""
    return Clip((frame,), frame.origin)
