"""The validation loss, on photographs that are not trained on, and the plateau that ends."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from stylekit.images.frames import Frame
from stylekit_plugins.fast.crops import center_square
from stylekit_plugins.fast.network import FastNetwork
from stylekit_plugins.fast.perturbation import Perturbation
from stylekit_plugins.fast.style_objective import StyleObjective

SQUARES = 8
"""Photographs that are validated on: with four, the content error of others differed by 7 %."""

EARLIEST, LEAST_WINDOW = 0.5, 0.2
"""Progress from which a plateau ends a training, and how much of the training it lasts at least."""


class Validation:
    """Measures a network at strength 1.

    Args:
        samples: photographs; a few of them, evenly spread, are used.
        style: makes objectives.
        size: side of the squares in pixels.
        perturbation: of the squares, to measure how steady the network is; None: it is not.
    """

    def __init__(
        self,
        samples: Sequence[Frame],
        style: StyleObjective,
        size: int,
        device: torch.device,
        perturbation: Perturbation | None,
    ) -> None:
        self._perturbation = perturbation
        squares = [center_square(frame, size) for frame in spread(samples, SQUARES)]
        self._images = [square.pixels[None].to(device) for square in squares]
        self._objectives = [style.of(square, 1.0) for square in squares]

    @torch.no_grad()
    def losses(self, network: FastNetwork) -> dict[str, float]:
        """Return the mean of each loss, `total` among them, which does not count `temporal`."""
        terms = []
        for image, objective in zip(self._images, self._objectives, strict=True):
            strength = image.new_ones(1)
            result = network(image, strength)
            losses = dict(objective(result))
            if self._perturbation is not None:
                disturbed = network(self._perturbation.apply(image), strength)
                losses["temporal"] = self._perturbation.loss(result, disturbed)
            terms.append(losses)
        return {
            name: float(torch.stack([term[name] for term in terms]).mean()) for name in terms[0]
        }


def has_plateaued(
    totals: Sequence[float], progress: float, patience: int, min_improvement: float
) -> bool:
    """Return whether the last validations brought no `min_improvement`.

    These are `patience` of them or `LEAST_WINDOW` of the training, whichever is more. Its first
    half has no plateau: large step sizes hold up what smaller ones will bring down.

    Args:
        totals: the validation losses so far.
        progress: of the training, in (0, 1].
        patience: 0: never.
        min_improvement: relative to the least loss before them.
    """
    window = max(patience, math.ceil(LEAST_WINDOW * len(totals) / progress))
    if not patience or progress < EARLIEST or len(totals) <= window:
        return False
    before, after = totals[:-window], totals[-window:]
    return min(after) > min(before) * (1 - min_improvement)


def spread(frames: Sequence[Frame], most: int) -> list[Frame]:
    """Return at most so many images, evenly spread: neighbors are often alike."""
    count = min(most, len(frames))
    return [frames[place * len(frames) // count] for place in range(count)]
