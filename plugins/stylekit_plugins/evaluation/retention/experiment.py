"""The experiment, from the data set to the report."""

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
from stylekit_plugins.evaluation.retention.report import report_of
from stylekit_plugins.evaluation.retention.results import Findings
from stylekit_plugins.evaluation.retention.scoring import Judged, Trial, judge

_log = logging.getLogger(f"stylekit.{__name__}")


class ContentRetention:
    """Stylizes a labeled set, classifies it before and after, and measures the style beside."""

    def __init__(self, params: RetentionParams) -> None:
        self.params = params

    def run(self, context: ExperimentContext) -> Report:
        """Do it.

        Raises:
            UsageError: data set, methods or styles are missing, or a name is wrong.
            InputError: nothing in the data set can be used.
            WeightsError: no classifier can be had here.
        """
        self._check(context)
        findings = Findings(self.params, context)
        classifier, classes, logits = self._classifier(context, findings)
        dataset = self._dataset(context, classes)
        styles = self._styles(context, findings)
        instruments = self._instruments(context, findings)
        clean = self._judged(context, logits, dataset, findings)
        sources = [example.source for example in clean]
        made = [(v, context.stylize(v, sources, list(styles))) for v in context.variants]
        _log.info("Classifying and measuring.")
        trial = Trial(context, logits, clean, styles, instruments)
        findings.classifier, findings.classes = classifier, classes
        findings.dataset, findings.clean, findings.styles = dataset, clean, styles
        findings.specs = {name: each.spec for name, each in instruments.items()}
        findings.results = [trial.of(variant, stylized) for variant, stylized in made]
        return report_of(findings)

    def _check(self, context: ExperimentContext) -> None:
        """Refuse, before anything heavy is loaded, what cannot be done."""
        for what, there, option in (
            ("data set", context.dataset, "--dataset DIR"),
            ("methods", context.variants, "--methods METHOD ..."),
            ("styles", context.styles, "--styles SRC ..."),
        ):
            if not there:
                raise UsageError(f"content-retention needs {what}.", f"Give {option}.")
        labels = [variant.label for variant in context.variants]
        if self.params.baseline and self.params.baseline not in labels:
            raise UsageError(
                f"content-retention.baseline: '{self.params.baseline}' is none of the methods.",
                did_you_mean(self.params.baseline, labels),
            )
        for name in self.params.measures:
            context.find(MetricSpec, name)
        for name in self.params.classifier:
            context.find(ClassifierSpec, name)

    def _classifier(
        self, context: ExperimentContext, findings: Findings
    ) -> tuple[str, Sequence[ImageClass], LogitFunction]:
        """Return the first classifier that can be had: its name, classes, and what classifies."""
        reasons = []
        for name in self.params.classifier:
            try:
                return name, *context.classifier(name)
            except WeightsError as error:
                reasons.append(f"{name}: {error.message}")
                findings.unavailable[name] = error.message
                _log.info(f"Classifier {name} cannot be had here.")
        raise WeightsError(
            f"No classifier can be had here. {' '.join(reasons)}",
            "`stylekit weights fetch efficientnet-lite0-imagenet` fetches 19 MB; or give a file: "
            "--weights resnet50=PATH.",
        )

    def _dataset(self, context: ExperimentContext, classes: Sequence[ImageClass]) -> Dataset:
        params = self.params
        meanings = read_meanings(Path(params.labels)) if params.labels else None
        assert context.dataset is not None
        dataset = read_dataset(context.dataset, Classes(classes, meanings), context.expand)
        for label, (count, reason) in dataset.unknown.items():
            _log.warning(f"{count} pictures of '{label}' are left out: {reason}.")
        if dataset.unlabeled:
            _log.warning(f"{len(dataset.unlabeled)} pictures without a label are left out.")
        dataset.examples = limited(dataset.examples, params.limit)
        return dataset

    def _styles(self, context: ExperimentContext, findings: Findings) -> dict[str, Frame]:
        """Return the style pictures by source; those that cannot be read are left out."""
        styles: dict[str, Frame] = {}
        for source in context.styles:
            try:
                styles[source] = context.read(source)
            except InputError as error:
                findings.unreadable_styles[source] = error.message
                _log.warning(f"{error.message} It is left out.")
        if not styles:
            raise InputError("No style picture can be read.", "Name others with --styles.")
        return styles

    def _instruments(
        self, context: ExperimentContext, findings: Findings
    ) -> dict[str, BoundMetric]:
        """Return the measures that can be had; the others are noted with the reason."""
        found = {}
        for name in self.params.measures:
            try:
                found[name] = context.metric(name)
            except WeightsError as error:
                findings.unavailable[name] = error.message
                _log.info(f"Measure {name} cannot be had here.")
        return found

    def _judged(
        self,
        context: ExperimentContext,
        logits: LogitFunction,
        dataset: Dataset,
        findings: Findings,
    ) -> Mapping[Example, Judged]:
        clean, findings.unreadable = judge(context, logits, dataset.examples)
        if not clean:
            raise InputError(
                f"None of the {len(dataset.examples)} pictures in {context.dataset} can be read.",
                "See the warnings above.",
            )
        return clean
