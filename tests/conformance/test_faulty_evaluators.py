"""Metrics, classifiers and experiments with one fault each. See `faulty_components`."""

from __future__ import annotations

import random

import torch
from tests.helpers.faulty_components import fault

from stylekit.evaluation.classifier import ImageClass
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


@fault(ExperimentSuite, "test_it_is_an_experiment", "run")
class CannotRun:
    def __init__(self, params):
        pass


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
