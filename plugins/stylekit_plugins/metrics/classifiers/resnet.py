"""ResNet-50 as a classifier: torchvision's weights, or the user's own state dict.

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
from stylekit_plugins.metrics.classifiers.class_list import read_class_list
from stylekit_plugins.metrics.classifiers.imagenet import imagenet_classes
from stylekit_plugins.metrics.classifiers.inference import make_logit_function
from stylekit_plugins.metrics.params import ResNetParams

NETWORK = "resnet50"
LAST_LAYER = "fc.weight"


class ResNetClassifier:
    """Classifies images into ImageNet's classes, or those of the user's own network."""

    def __init__(self, params: ResNetParams) -> None:
        self.params = params

    def classes(self) -> Sequence[ImageClass]:
        """Return the classes of the user's list, or ImageNet's."""
        return (
            read_class_list(Path(self.params.classes))
            if self.params.classes
            else imagenet_classes()
        )

    def load(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> LogitFunction:
        """Load the network and return the function that classifies."""
        parameters = weights(NETWORK)
        state, count = dict(parameters.state), len(self.classes())
        outputs = len(state[LAST_LAYER]) if LAST_LAYER in state else None
        if outputs != count:
            raise DamagedWeightsError(
                f"Weights '{parameters.name}' have {outputs} classes, but {count} are listed."
                if outputs is not None
                else f"Weights '{parameters.name}' do not fit ResNet-50: no '{LAST_LAYER}'.",
                "List the classes in a file, one a line: --set resnet50.classes=FILE.",
            )
        with torch.device("meta"):
            network = resnet50(weights=None, num_classes=count)
        try:
            network.load_state_dict(state, assign=True)
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:300]
            raise DamagedWeightsError(
                f"Weights '{parameters.name}' do not fit ResNet-50: {reason}"
            ) from None
        # Explicit, although images are resized by Pillow: for tensors it would change the logits.
        prepare = self._recipe(parameters).transforms(antialias=True)
        return make_logit_function(network, prepare, device)

    def _recipe(self, parameters: LoadedWeights) -> ResNet50_Weights:
        """Return torchvision's entry with the preprocessing: the two differ in the size."""
        recipe = self.params.preprocessing
        if recipe == "auto":
            recipe = "v1" if parameters.name.endswith("-v1") else "v2"
        return ResNet50_Weights[f"IMAGENET1K_{recipe.upper()}"]
