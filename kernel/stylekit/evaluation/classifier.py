"""Classifiers: what a picture shows, among classes that are known by more than a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

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
        wnid: its WordNet id (`n01440764`), by which data sets are matched; or nothing.
    """

    index: int
    name: str
    wnid: str = ""


Logits = Callable[[Sequence[Frame]], Tensor]
"""Takes N pictures of any size, at least one, and returns their logits, (N, classes) float32 on the
CPU. Every picture is prepared in the one way that the network was trained for."""


class Classifier(Protocol):
    """Tells what pictures show: an evaluator of scope `classifier`.

    What a network was trained on belongs to it: resizing, cropping and normalizing are its own.
    """

    def classes(self) -> Sequence[ImageClass]:
        """Return the classes, in the order of the logits.

        Raises:
            InputError: a list of the user's own that cannot be read.
        """

    def ready(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> Logits:
        """Load the network, and return what classifies.

        Args:
            weights: loads the trained parameters of a network by its name.

        Raises:
            WeightsError: they cannot be had here.
            DamagedWeightsError: they do not fit the network or its classes.
        """
