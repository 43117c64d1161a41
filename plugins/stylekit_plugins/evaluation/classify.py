"""Classifying single images."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from stylekit.errors import PluginError, UsageError
from stylekit.evaluation.classifier import Classifier, ImageClass, LogitFunction
from stylekit.evaluation.report import Cell, Report, Table
from stylekit.images.frames import Frame
from stylekit.inputs.sources import Sources
from stylekit.machine import devices
from stylekit.weights.manager import WeightsManager
from stylekit.weights.selection import AUTO
from stylekit_plugins.evaluation.plan import EvaluationPlan

SHOWN_CLASSES = 5
"""Classes in the report of an image, the most probable first."""


def classify(plan: EvaluationPlan) -> Report:
    """Classify each image of --content.

    Args:
        plan: its evaluator is a classifier.

    Raises:
        UsageError: there is no content.
        InputError: an image cannot be read.
        WeightsError: weights are unavailable.
    """
    config, name = plan.config, plan.evaluator.spec.name
    if not config.content:
        raise UsageError(f"Classifier '{name}' needs images.", "Name them with --content.")
    sources = Sources(plan.catalogue, config.tables)
    images = [each for source in config.content for each in sources.expand(source)]
    weights = WeightsManager(plan.catalogue, config.tables, config.offline)
    classifier: Classifier = plan.evaluator.make()
    classes = classifier.classes()
    logits = checked(
        classifier.load(
            lambda network: weights.load(network, plan.weights.get(network, AUTO)),
            devices.choose(config.device),
        ),
        name,
        classes,
    )
    values = []
    rows: list[list[Cell]] = []
    for image in images:
        probabilities = logits([sources.read_image(image)])[0].softmax(0)
        top = probabilities.topk(min(SHOWN_CLASSES, len(classes)))
        ranked = [
            (classes[int(index)], float(probability))
            for probability, index in zip(top.values, top.indices, strict=True)
        ]
        values.append(
            {
                "image": image,
                "classes": [{**vars(each), "probability": value} for each, value in ranked],
            }
        )
        rows += [[image, each.name, each.key, value] for each, value in ranked]
    details = {"evaluator": plan.evaluator.component.id, "values": values}
    title = f"{name}: {plan.evaluator.spec.summary}"
    return Report(
        {"images": len(images)}, details, [Table(title, ("image", "class", "key", "p"), rows)]
    )


def checked(logits: LogitFunction, name: str, classes: Sequence[ImageClass]) -> LogitFunction:
    """Return the same function with a check of its logits.

    Raises:
        PluginError: when it is called, if the logits have another shape or are NaN or infinite.
    """

    def checked_logits(images: Sequence[Frame]) -> Tensor:
        values = logits(images)
        shape, expected = tuple(values.shape), (len(images), len(classes))
        if shape != expected:
            raise PluginError(
                f"Classifier '{name}' is broken: its logits have the shape {shape}, not {expected}."
            )
        if not values.isfinite().all():
            raise PluginError(f"Classifier '{name}' is broken: its logits are NaN or infinite.")
        return values

    return checked_logits
