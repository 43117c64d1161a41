"""Predictions for every image before and after each method, and the scores of the results."""

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
"""Images that are in memory at once."""

TOP = 5


@dataclass(frozen=True)
class Prediction:
    """A classifier's prediction for one image.

    Attributes:
        predicted: index of the most probable class.
        top1: whether it is the true class.
        top5: whether the true class is among the five most probable ones.
        probability: of the true class.
    """

    predicted: int
    top1: bool
    top5: bool
    probability: float


@dataclass(frozen=True)
class ScoredImage:
    """One image by one method in one style, with its prediction and scores.

    Attributes:
        agrees: whether the most probable class is still the same as before.
        scores: by metric of pairs; None: the metric could not score it.
        seconds: the time it took to make; None: unknown.
    """

    method: str
    style: str
    example: Example
    prediction: Prediction
    agrees: bool
    scores: Mapping[str, float | None]
    seconds: float | None


@dataclass
class MethodResults:
    """All results of one method.

    Attributes:
        failures: style, content and reason of each missing result.
        set_scores: scores of all results together, by metric; None: it could not score them.
        notes: by metric, why scores are missing.
    """

    variant: Variant
    stylized: Stylized
    scored_images: list[ScoredImage] = field(default_factory=list)
    failures: list[tuple[str, Example, str]] = field(default_factory=list)
    set_scores: dict[str, float | None] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def style_agnostic(self) -> bool:
        """Whether the method ignores the style: it makes one image of each content."""
        return self.variant.method.spec.styles[0] == 0


def classify_examples(
    context: ExperimentContext, logits: LogitFunction, examples: Sequence[Example]
) -> tuple[dict[Example, Prediction], dict[str, str]]:
    """Classify the original images; return also the reasons for unreadable ones."""
    predictions: dict[Example, Prediction] = {}
    unreadable: dict[str, str] = {}
    for batch in _batches(examples):
        frames: dict[Example, Frame] = {}
        for example in batch:
            try:
                frames[example] = context.read(example.source)
            except InputError as error:
                unreadable[example.name] = error.message
                _log.warning(f"{error.message} It is left out.")
        predictions |= predict(logits, frames)
    return predictions, unreadable


def predict(logits: LogitFunction, frames: Mapping[Example, Frame]) -> dict[Example, Prediction]:
    """Classify images."""
    if not frames:
        return {}
    predictions = {}
    for example, values in zip(frames, logits(list(frames.values())), strict=True):
        true = example.label.index
        # Ties count against the true class: equal logits for all are never in the top five.
        ahead = int((values >= values[true]).sum()) - 1
        predicted = int(values.argmax())
        predictions[example] = Prediction(
            predicted, predicted == true, ahead < TOP, float(values.double().softmax(0)[true])
        )
    return predictions


class Scorer:
    """Classifies and scores the results of methods.

    Args:
        clean: the predictions for the original images.
        styles: the style images by source.
        metrics: the available metrics, by name.
    """

    def __init__(
        self,
        context: ExperimentContext,
        logits: LogitFunction,
        clean: Mapping[Example, Prediction],
        styles: Mapping[str, Frame],
        metrics: Mapping[str, BoundMetric],
    ) -> None:
        self._context = context
        self._logits = logits
        self._clean = clean
        self._styles = styles
        self._pair_metrics = {k: v for k, v in metrics.items() if v.spec.scope == "pair"}
        self._set_metrics = {k: v for k, v in metrics.items() if v.spec.scope == "set"}

    def score(self, variant: Variant, stylized: Stylized) -> MethodResults:
        """Classify and score all results of a variant."""
        results = MethodResults(variant, stylized)
        for style, frame in self._styles.items():
            for batch in _batches(list(self._clean)):
                self._score_batch(results, style, frame, batch)
        for name, metric in self._set_metrics.items():
            results.set_scores[name] = self._score_set(results, name, metric)
        return results

    def _score_batch(
        self, results: MethodResults, style: str, frame: Frame, batch: Sequence[Example]
    ) -> None:
        images: dict[Example, Frame] = {}
        for example in batch:
            cell = example.source, style
            if cell in results.stylized.images:
                images[example] = self._context.read(results.stylized.images[cell])
            else:
                reason = results.stylized.failures.get(cell, "It was not made.")
                results.failures.append((style, example, reason))
        for example, prediction in predict(self._logits, images).items():
            results.scored_images.append(
                ScoredImage(
                    method=results.variant.label,
                    style=style,
                    example=example,
                    prediction=prediction,
                    agrees=prediction.predicted == self._clean[example].predicted,
                    scores=self._score_pairs(results, example, images[example], frame),
                    seconds=results.stylized.seconds.get((example.source, style)),
                )
            )

    def _score_pairs(
        self, results: MethodResults, example: Example, image: Frame, style: Frame
    ) -> dict[str, float | None]:
        if not self._pair_metrics:
            return {}
        content = _clip_of(self._context.read(example.source))
        scores: dict[str, float | None] = {}
        for name, metric in self._pair_metrics.items():
            try:
                score = metric.score_pair(_clip_of(image), content, (Style(style),))
            except InputError as error:
                scores[name] = None
                results.notes.setdefault(name, error.message)
                continue
            scores[name] = score if math.isfinite(score) else None
            if scores[name] is None:
                results.notes.setdefault(name, f"the score of {example.name} is NaN or infinite.")
        return scores

    def _score_set(self, results: MethodResults, name: str, metric: BoundMetric) -> float | None:
        """Return the score of all results of a method together, against all styles."""
        cells = list(results.stylized.images)
        paths = list(results.stylized.images.values())
        # Read on access: together they may not fit into memory.
        images = MappedFrames(len(paths), lambda index: self._context.read(paths[index]))
        contents = MappedFrames(len(cells), lambda index: self._context.read(cells[index][0]))
        try:
            score = metric.score_sets(images, contents, list(self._styles.values()))
        except (StylekitError, ValueError, RuntimeError) as error:
            # Libraries raise their own errors for sets that are too small.
            results.notes[name] = one_line(error)
            return None
        if not math.isfinite(score):
            results.notes[name] = "the score is NaN or infinite."
            return None
        return score


def _batches(examples: Sequence[Example]) -> Iterator[Sequence[Example]]:
    for start in range(0, len(examples), BATCH):
        yield examples[start : start + BATCH]


def _clip_of(frame: Frame) -> Clip:
    """Return an image as a clip of one frame, which metrics score."""
    return Clip((frame,), frame.origin)
