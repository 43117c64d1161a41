"""ResNet-50 as a classifier: torchvision's weights, or a state dict of the user's own.

K. He, X. Zhang, S. Ren, J. Sun: "Deep Residual Learning for Image Recognition", CVPR 2016.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torchvision.models import ResNet50_Weights, resnet50

from stylekit.errors import DamagedWeightsError
from stylekit.evaluation.classifier import ImageClass, LogitFunction
from stylekit.protocols import LoadedWeights
from stylekit_plugins.metrics.classifiers.class_list import listed_classes
from stylekit_plugins.metrics.classifiers.imagenet import imagenet_classes
from stylekit_plugins.metrics.classifiers.inference import classifying
from stylekit_plugins.metrics.params import ResNetParams

NETWORK = "resnet50"
LAST = "fc.weight"


class ResNetClassifier:
    """Classifies among ImageNet's classes, or those of the user's own network."""

    def __init__(self, params: ResNetParams) -> None:
        self.params = params

    def classes(self) -> Sequence[ImageClass]:
        """Return the classes of the user's list, or ImageNet's."""
        return (
            listed_classes(Path(self.params.classes)) if self.params.classes else imagenet_classes()
        )

    def load(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> LogitFunction:
        """Load the network; see `stylekit.evaluation.classifier.Classifier.load`."""
        parameters = weights(NETWORK)
        state, count = dict(parameters.state), len(self.classes())
        found = len(state[LAST]) if LAST in state else None
        if found != count:
            raise DamagedWeightsError(
                f"Weights '{parameters.name}' tell {found} classes apart, and {count} are listed."
                if found is not None
                else f"Weights '{parameters.name}' are of no ResNet-50: '{LAST}' is missing.",
                "List them, one a line, and give --set resnet50.classes=FILE.",
            )
        with torch.device("meta"):
            network = resnet50(weights=None, num_classes=count)
        try:
            network.load_state_dict(state, assign=True)
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:300]
            raise DamagedWeightsError(
                f"Weights '{parameters.name}' are of no ResNet-50: {reason}"
            ) from None
        # Nothing is resized as a tensor; said all the same, as it would change every figure.
        prepare = self._recipe(parameters).transforms(antialias=True)
        return classifying(network, prepare, device)

    def _recipe(self, parameters: LoadedWeights) -> ResNet50_Weights:
        """Return torchvision's entry of how pictures are prepared: the two differ in the size."""
        wanted = self.params.preprocessing
        if wanted == "auto":
            wanted = "v1" if parameters.name.endswith("-v1") else "v2"
        return ResNet50_Weights[f"IMAGENET1K_{wanted.upper()}"]
