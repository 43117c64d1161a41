"""Metrics, classifiers and experiments with one fault each. See `faulty_components`."""

from __future__ import annotations

import random
from dataclasses import replace

import torch
from tests.helpers.faulty_components import fault

from stylekit.errors import UsageError
from stylekit.evaluation import ImageClass, Report, Table
from stylekit.testing import ClassifierSuite, ExperimentSuite, MetricSuite

LOWER = {"styles": False, "higher_is_better": False}


class Distance:
    """Mean absolute difference from the content."""

    def __init__(self, params):
        pass

    def score_pair(self, result, content, styles):
        difference = result.image.pixels - content.image.pixels
        return float(difference.abs().mean())


class DistanceOfMeans:
    """Mean absolute difference of the mean images."""

    def __init__(self, params):
        pass

    def score_sets(self, results, contents, styles):
        results, styles = (torch.stack([f.pixels for f in x]) for x in (results, styles))
        return float((results.mean(dim=0) - styles.mean(dim=0)).abs().mean())


class Brightness:
    """A classifier of bright and dark images."""

    def __init__(self, params):
        pass

    def classes(self):
        return [ImageClass(0, "night"), ImageClass(1, "day")]

    def load(self, weights, device):
        def logits(frames):
            bright = torch.stack([frame.pixels.mean() for frame in frames])
            return torch.stack((0.4 - bright, bright - 0.4), dim=1)

        return logits


@fault(MetricSuite, **LOWER)
class Sound(Distance):
    pass


@fault(ClassifierSuite)
class SoundClassifier(Brightness):
    pass


@fault(MetricSuite, scope="set", higher_is_better=False)
class SoundOnSets(DistanceOfMeans):
    pass


@fault(ClassifierSuite, "test_it_is_a_classifier", "load")
class CannotLoad:
    def __init__(self, params):
        pass

    def classes(self):
        return Brightness.classes(self)


class MeanChange:
    """An experiment: the mean change of the images by each method."""

    def __init__(self, params):
        pass

    def run(self, context):
        if context.dataset is None:
            raise UsageError("This experiment needs a dataset.")
        contents = context.expand(context.dataset)
        scores = {}
        for variant in context.variants:
            stylized = context.stylize(variant, contents, context.styles)
            changes = [
                (context.read(path).pixels - context.read(cell[0]).pixels).abs().mean()
                for cell, path in stylized.images.items()
            ]
            scores[variant.label] = float(sum(changes) / len(changes))
        rows = [[label, score] for label, score in scores.items()]
        return Report(scores, {"count": len(contents)}, [Table("Change", ("method", "mean"), rows)])


@fault(ExperimentSuite)
class SoundExperiment(MeanChange):
    pass


@fault(ExperimentSuite, "test_it_is_an_experiment", "run")
class CannotRun:
    def __init__(self, params):
        pass


@fault(ExperimentSuite, "test_report_has_finite_scores", "nan")
class AveragesFailures(MeanChange):
    def run(self, context):
        report = super().run(context)
        return replace(report, scores={**report.scores, "worst": float("nan")})


@fault(ExperimentSuite, "test_report_can_be_written", "no JSON")
class ReportsTensors(MeanChange):
    def run(self, context):
        return replace(super().run(context), values={"mean": torch.zeros(2)})


@fault(ExperimentSuite, "test_report_is_the_same_each_time", "seed")
class DrawsImages(MeanChange):
    def run(self, context):
        return replace(super().run(context), values={"drawn": random.random()})


@fault(ExperimentSuite, "test_missing_inputs_are_an_error_of_the_user", "UsageError")
class AssumesADataset(MeanChange):
    def run(self, context):
        context.expand(context.dataset)
        return super().run(context)


@fault(MetricSuite, "test_it_scores_as_its_scope_says", "score_sets", scope="set")
class ScoresPairsOnly(Distance):
    pass


@fault(MetricSuite, "test_score_is_a_number", "nan", **LOWER)
class DividesByNothing(Distance):
    def score_pair(self, result, content, styles):
        spread = result.image.pixels.std()
        return super().score_pair(result, content, styles) + 0 * float(spread / spread)


@fault(MetricSuite, "test_score_is_the_same_each_time", "seed", **LOWER)
class Draws(Distance):
    def score_pair(self, result, content, styles):
        return super().score_pair(result, content, styles) * (1 + 0.01 * random.random())


@fault(MetricSuite, "test_direction_is_as_declared", "higher_is_better=True", styles=False)
class DeclaresTheWrongDirection(Distance):
    pass


@fault(MetricSuite, "test_images_are_left_alone", "changed in place", **LOWER)
class Clamps(Distance):
    def score_pair(self, result, content, styles):
        score = super().score_pair(result, content, styles)
        result.image.pixels.mul_(0.99)
        return score


@fault(MetricSuite, "test_report_is_a_report", "no Report", **LOWER)
class ReportsText(Distance):
    def report(self, result, content, styles):
        return "good"


@fault(ClassifierSuite, "test_classes_are_in_order", "order of the logits")
class MixesUpClasses(Brightness):
    def classes(self):
        return list(reversed(super().classes()))


@fault(ClassifierSuite, "test_logits_are_those_of_single_images", "batch")
class ComparesWithOthers(Brightness):
    def load(self, weights, device):
        logits = super().load(weights, device)

        def relative(frames):
            values = logits(frames)
            return values - values.mean(dim=0)

        return relative
