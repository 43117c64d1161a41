"""Evaluators with one fault each. See `faults`."""

from __future__ import annotations

import random

import torch
from tests.helpers.faulty_components import fault

from stylekit.evaluation.classifier import ImageClass
from stylekit.testing import EvaluatorSuite

LOWER = {"styles": False, "higher_is_better": False}


class Distance:
    """Mean absolute difference from the content."""

    def __init__(self, params):
        pass

    def evaluate(self, result, content, styles):
        difference = result.image.pixels - content.image.pixels
        return float(difference.abs().mean())


class DistanceOfMeans:
    """Of sets."""

    def __init__(self, params):
        pass

    def evaluate_sets(self, sets):
        results, styles = (torch.stack([f.pixels for f in x]) for x in (sets.results, sets.styles))
        return float((results.mean(dim=0) - styles.mean(dim=0)).abs().mean())


class Brightness:
    """A classifier."""

    def __init__(self, params):
        pass

    def classes(self):
        return [ImageClass(0, "night"), ImageClass(1, "day")]

    def ready(self, weights, device):
        def logits(frames):
            bright = torch.stack([frame.pixels.mean() for frame in frames])
            return torch.stack((0.4 - bright, bright - 0.4), dim=1)

        return logits


@fault(EvaluatorSuite, **LOWER)
class Sound(Distance):
    pass


@fault(EvaluatorSuite, scope="classifier")
class SoundClassifier(Brightness):
    pass


@fault(EvaluatorSuite, scope="set", higher_is_better=False)
class SoundOfSets(DistanceOfMeans):
    pass


@fault(EvaluatorSuite, "test_it_has_what_its_scope_needs", "experiment", scope="experiment")
class MakesNoExperiment(Distance):
    pass


@fault(EvaluatorSuite, "test_figure_is_a_number", "nan", **LOWER)
class DividesByNothing(Distance):
    def evaluate(self, result, content, styles):
        spread = result.image.pixels.std()
        return super().evaluate(result, content, styles) + 0 * float(spread / spread)


@fault(EvaluatorSuite, "test_figure_is_the_same_each_time", "seed", **LOWER)
class Draws(Distance):
    def evaluate(self, result, content, styles):
        return super().evaluate(result, content, styles) * (1 + 0.01 * random.random())


@fault(EvaluatorSuite, "test_direction_is_as_declared", "higher_is_better=True", styles=False)
class SaysTheWrongDirection(Distance):
    pass


@fault(EvaluatorSuite, "test_images_are_left_alone", "changed in place", **LOWER)
class Clamps(Distance):
    def evaluate(self, result, content, styles):
        figure = super().evaluate(result, content, styles)
        result.image.pixels.mul_(0.99)
        return figure


@fault(EvaluatorSuite, "test_report_is_a_report", "no Report", **LOWER)
class ReportsAText(Distance):
    def report(self, result, content, styles):
        return "good"


@fault(EvaluatorSuite, "test_classes_are_in_order", "order of the logits", scope="classifier")
class MixesUpClasses(Brightness):
    def classes(self):
        return list(reversed(super().classes()))


@fault(EvaluatorSuite, "test_logits_are_those_of_single_images", scope="classifier")
class ComparesWithOthers(Brightness):
    def ready(self, weights, device):
        logits = super().ready(weights, device)

        def relative(frames):
            found = logits(frames)
            return found - found.mean(dim=0)

        return relative
