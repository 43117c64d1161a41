"""What single pictures show, by a classifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor

from stylekit.errors import PluginError, UsageError
from stylekit.evaluation.classifier import Classifier, ImageClass, Logits
from stylekit.evaluation.report import Report, Table
from stylekit.images.frames import Frame
from stylekit.inputs.sources import Sources
from stylekit.machine import devices
from stylekit.weights.manager import WeightsManager
from stylekit.weights.selection import AUTO
from stylekit_plugins.evaluation.plan import EvaluationPlan

MOST = 5
"""Classes that are told of each picture, the likeliest first."""


def classified(plan: EvaluationPlan, tell: Callable[[str], None]) -> Report:
    """Classify each picture of --content.

    Raises:
        UsageError: there is none.
        InputError: one cannot be read.
        WeightsError: weights cannot be had here.
    """
    config, name = plan.config, plan.evaluator.spec.name
    if not config.content:
        raise UsageError(f"Classifier '{name}' needs pictures.", "Name them with --content.")
    sources = Sources(plan.catalogue, config.tables)
    images = [each for source in config.content for each in sources.expand(source)]
    weights = WeightsManager(plan.catalogue, config.tables, config.offline, tell)
    classifier: Classifier = plan.evaluator.make()
    classes = classifier.classes()
    logits = checked(
        classifier.ready(
            lambda network: weights.load(network, plan.weights.get(network, AUTO)),
            devices.choose(config.device),
        ),
        name,
        classes,
    )
    values = []
    rows: list[list[str | float | int | None]] = []
    for image in images:
        shares = logits([sources.read_image(image)])[0].softmax(0)
        best = shares.topk(min(MOST, len(classes)))
        found = [
            {"class": vars(classes[int(index)]), "probability": float(share)}
            for share, index in zip(best.values, best.indices, strict=True)
        ]
        values.append({"picture": image, "found": found})
        for share, index in zip(best.values, best.indices, strict=True):
            shown = classes[int(index)]
            rows.append([image, shown.name, shown.wnid, float(share)])
    facts = {"evaluator": plan.evaluator.component.id, "values": values}
    table = Table(f"{name}: {plan.evaluator.spec.summary}", ("picture", "class", "id", "p"), rows)
    return Report({"pictures": len(images)}, facts, [table])


def checked(logits: Logits, name: str, classes: Sequence[ImageClass]) -> Logits:
    """Return what classifies, made to complain of what cannot be logits.

    Raises:
        PluginError: when it is called, of another shape or values that are no numbers.
    """

    def found(frames: Sequence[Frame]) -> Tensor:
        values = logits(frames)
        wanted = (len(frames), len(classes))
        if tuple(values.shape) != wanted or not values.isfinite().all():
            raise PluginError(
                f"Classifier '{name}' is broken: it gave "
                + (
                    "values that are no numbers."
                    if tuple(values.shape) == wanted
                    else f"{tuple(values.shape)} values for {wanted}."
                )
            )
        return values

    return found
