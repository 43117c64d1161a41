"""How much each method changes the images, with the time it takes."""

from __future__ import annotations

import torch
from stylekit import Frame
from stylekit.errors import UsageError
from stylekit.evaluation import ExperimentContext, Report, Table


class CharcoalExperiment:
    """Stylizes every image of the dataset in every style, by every method."""

    def __init__(self, params: object) -> None:
        pass

    def run(self, context: ExperimentContext) -> Report:
        """Run the experiment.

        Raises:
            UsageError: images, methods or styles are missing.
        """
        if context.dataset is None or not context.variants or not context.styles:
            raise UsageError(
                "This experiment needs images, methods and styles.",
                "Give --dataset DIR --methods METHOD ... --styles SRC ...",
            )
        contents = context.expand(context.dataset)
        rows: list[list[str | float | int | None]] = []
        failures = []
        for variant in context.variants:
            stylized = context.stylize(variant, contents, context.styles)
            changes = [
                change(context.read(path), context.read(content))
                for (content, _), path in stylized.images.items()
            ]
            seconds = list(stylized.seconds.values())
            rows.append([variant.label, mean(changes), mean(seconds), len(changes)])
            failures += [[variant.label, *cell, why] for cell, why in stylized.failures.items()]
        return Report(
            scores={str(label): value for label, value, *_ in rows if isinstance(value, float)},
            values={"failures": failures},
            tables=[Table("Change of the images", ("method", "change", "s/image", "images"), rows)],
        )


def change(result: Frame, content: Frame) -> float:
    """Return the mean absolute difference of two images, at the size of the result."""
    original = content.resized(result.width, result.height)
    return float(torch.mean((result.pixels - original.pixels).abs()))


def mean(values: list[float]) -> float | None:
    """Return the mean; None: there are no values."""
    return sum(values) / len(values) if values else None
