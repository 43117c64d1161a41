"""Which quarter of an image is the brightest.

A network's classifier loads its weights in `load`: `weights("NETWORK").state`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from stylekit import Frame
from stylekit.evaluation import ImageClass, LogitFunction
from stylekit.protocols import LoadedWeights
from torch import Tensor
from torch.nn import functional as F

QUARTERS = ("top left", "top right", "bottom left", "bottom right")


class CharcoalClassifier:
    """Classifies images by their brightest quarter."""

    def __init__(self, params: object) -> None:
        pass

    def classes(self) -> Sequence[ImageClass]:
        """Return the classes in the order of the logits."""
        return [ImageClass(index, name) for index, name in enumerate(QUARTERS)]

    def load(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> LogitFunction:
        """Return the function that classifies."""
        return logits


def logits(images: Sequence[Frame]) -> Tensor:
    """Return the logits (N, 4): ten times the mean brightness of each quarter."""
    means = [F.adaptive_avg_pool2d(image.pixels.mean(dim=0)[None], 2) for image in images]
    return 10 * torch.stack(means).flatten(1)
