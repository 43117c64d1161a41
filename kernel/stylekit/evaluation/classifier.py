"""Classifiers: what an image shows, as one of a fixed list of classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from torch import Tensor

from stylekit.images.frames import Frame

if TYPE_CHECKING:
    import torch

    from stylekit.protocols import LoadedWeights


@dataclass(frozen=True)
class ImageClass:
    """One class of a classifier.

    Attributes:
        index: of its logit, from 0.
        name: for people; another class may have the same.
        key: identifies the class across classifiers and datasets, for example its WordNet id
            (`n01440764`); may be empty.
    """

    index: int
    name: str
    key: str = ""


LogitFunction = Callable[[Sequence[Frame]], Tensor]
"""Takes N images of any size, at least one, and returns their logits, (N, classes) float32 on the
CPU. It prepares every image in the one way that the network was trained for."""


@runtime_checkable
class Classifier(Protocol):
    """Classifies images. It resizes, crops and normalizes as its network was trained."""

    def classes(self) -> Sequence[ImageClass]:
        """Return the classes in the order of the logits.

        Raises:
            InputError: the user's list of classes cannot be read.
        """

    def load(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> LogitFunction:
        """Load the network and return the function that classifies.

        Args:
            weights: loads the trained weights of a network by its name.

        Raises:
            WeightsError: weights are unavailable.
            DamagedWeightsError: the weights do not fit the network or its classes.
        """
