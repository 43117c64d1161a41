"""The experiment, from the dataset to the report."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from stylekit.errors import InputError, UsageError, WeightsError
from stylekit.evaluation.classifier import ImageClass, LogitFunction
from stylekit.evaluation.experiment import ExperimentContext
from stylekit.evaluation.metric import BoundMetric
from stylekit.evaluation.report import Report
from stylekit.images.frames import Frame
from stylekit.specs import ClassifierSpec, MetricSpec
from stylekit.text import did_you_mean
from stylekit_plugins.evaluation.retention.dataset import Dataset, Example, limited, read_dataset
from stylekit_plugins.evaluation.retention.labels import Classes, read_meanings
from stylekit_plugins.evaluation.retention.params import RetentionParams
from stylekit_plugins.evaluation.retention.report import make_report
from stylekit_plugins.evaluation.retention.results import Findings
from stylekit_plugins.evaluation.retention.scoring import Prediction, Scorer, classify_examples

_log = logging.getLogger(f"stylekit.{__name__}")


class ContentRetention:
    """Stylizes a labeled dataset, classifies it before and after, and scores the results."""

    def __init__(self, params: RetentionParams) -> None:
        self.params = params

    def run(self, context: ExperimentContext) -> Report:
        """Run the experiment.

        Raises:
            UsageError: dataset, methods or styles are missing, or a name is wrong.
            InputError: nothing in the dataset can be used.
            WeightsError: the weights of all classifiers are unavailable.
        """
        self._check(context)
        findings = Findings(self.params, context)
        classifier, classes, logits = self._classifier(context, findings)
        dataset = self._dataset(context, classes)
        styles = self._styles(context, findings)
        metrics = self._metrics(context, findings)
        clean = self._classify_clean(context, logits, dataset, findings)
        sources = [example.source for example in clean]
        stylized = [(v, context.stylize(v, sources, list(styles))) for v in context.variants]
        _log.info("Classifying and scoring.")
        scorer = Scorer(context, logits, clean, styles, metrics)
        findings.classifier, findings.classes = classifier, classes
        findings.dataset, findings.clean, findings.styles = dataset, clean, styles
        findings.metrics = {name: each.spec for name, each in metrics.items()}
        findings.results = [scorer.score(variant, results) for variant, results in stylized]
        return make_report(findings)

    def _check(self, context: ExperimentContext) -> None:
        """Refuse impossible settings before anything heavy is loaded."""
        for what, value, option in (
            ("a dataset", context.dataset, "--dataset DIR"),
            ("methods", context.variants, "--methods METHOD ..."),
            ("styles", context.styles, "--styles SRC ..."),
        ):
            if not value:
                raise UsageError(f"content-retention needs {what}.", f"Give {option}.")
        labels = [variant.label for variant in context.variants]
        if self.params.baseline and self.params.baseline not in labels:
            raise UsageError(
                f"content-retention.baseline: '{self.params.baseline}' is none of the methods.",
                did_you_mean(self.params.baseline, labels),
            )
        for name in self.params.metrics:
            context.find(MetricSpec, name)
        for name in self.params.classifier:
            context.find(ClassifierSpec, name)

    def _classifier(
        self, context: ExperimentContext, findings: Findings
    ) -> tuple[str, Sequence[ImageClass], LogitFunction]:
        """Return the first available classifier: its name, its classes and its function."""
        errors: list[WeightsError] = []
        for name in self.params.classifier:
            try:
                found = context.classifier(name)
            except WeightsError as error:
                errors.append(error)
                findings.unavailable[name] = error.message
                _log.info(f"Classifier {name} is unavailable.")
            else:
                if errors:
                    _log.warning(
                        f"The classifier is {name}: the weights of {self.params.classifier[0]} are "
                        "unavailable. Figures of two classifiers cannot be compared."
                    )
                return name, *found
        raise WeightsError(
            f"No classifier is available. {' '.join(error.message for error in errors)}",
            "\n".join(error.hint for error in errors if error.hint),
        )

    def _dataset(self, context: ExperimentContext, classes: Sequence[ImageClass]) -> Dataset:
        params = self.params
        meanings = read_meanings(Path(params.labels)) if params.labels else None
        assert context.dataset is not None
        dataset = read_dataset(context.dataset, Classes(classes, meanings), context.expand)
        for label, (count, reason) in dataset.unknown.items():
            _log.warning(f"{count} images of '{label}' are left out: {reason}.")
        if dataset.unlabeled:
            _log.warning(f"{len(dataset.unlabeled)} images without a label are left out.")
        dataset.examples = limited(dataset.examples, params.limit)
        return dataset

    def _styles(self, context: ExperimentContext, findings: Findings) -> dict[str, Frame]:
        """Return the style images by source; unreadable ones are left out with a warning."""
        styles: dict[str, Frame] = {}
        for source in context.styles:
            try:
                styles[source] = context.read(source)
            except InputError as error:
                findings.unreadable_styles[source] = error.message
                _log.warning(f"{error.message} It is left out.")
        if not styles:
            raise InputError("No style image can be read.", "Name others with --styles.")
        return styles

    def _metrics(self, context: ExperimentContext, findings: Findings) -> dict[str, BoundMetric]:
        """Return the available metrics; the reasons for the others are kept for the report."""
        metrics = {}
        for name in self.params.metrics:
            try:
                metrics[name] = context.metric(name)
            except WeightsError as error:
                findings.unavailable[name] = error.message
                _log.info(f"Metric {name} is unavailable.")
        return metrics

    def _classify_clean(
        self,
        context: ExperimentContext,
        logits: LogitFunction,
        dataset: Dataset,
        findings: Findings,
    ) -> Mapping[Example, Prediction]:
        clean, findings.unreadable = classify_examples(context, logits, dataset.examples)
        if not clean:
            raise InputError(
                f"None of the {len(dataset.examples)} images in {context.dataset} can be read.",
                "See the warnings above.",
            )
        return clean
