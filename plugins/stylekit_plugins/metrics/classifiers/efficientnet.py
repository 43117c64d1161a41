"""EfficientNet-Lite0 as a classifier."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from PIL import Image
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as TF

from stylekit.errors import DamagedWeightsError
from stylekit.evaluation.classifier import ImageClass, LogitFunction
from stylekit.protocols import LoadedWeights
from stylekit_plugins.metrics.classifiers.imagenet import imagenet_classes
from stylekit_plugins.metrics.classifiers.inference import classifying
from stylekit_plugins.metrics.classifiers.lite0 import EfficientNetLite0

NETWORK = "efficientnet-lite0"
RESIZE, CROP = 256, 224


class EfficientNetClassifier:
    """Classifies among ImageNet's 1000 classes."""

    def __init__(self, params: object) -> None:
        pass

    def classes(self) -> Sequence[ImageClass]:
        """Return ImageNet's classes."""
        return imagenet_classes()

    def load(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> LogitFunction:
        """Load the network; see `stylekit.evaluation.classifier.Classifier.load`."""
        parameters = weights(NETWORK)
        network = EfficientNetLite0()
        try:
            network.load_state_dict(dict(parameters.state))
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:300]
            raise DamagedWeightsError(
                f"Weights '{parameters.name}' are of no EfficientNet-Lite0: {reason}"
            ) from None
        how = parameters.preprocessing

        def prepare(image: Image.Image) -> Tensor:
            prepared: Tensor = TF.normalize(TF.to_tensor(cropped(image)), how.mean, how.std)
            return prepared

        return classifying(network, prepare, device)


def cropped(image: Image.Image) -> Image.Image:
    """Return the middle of a picture, 224 x 224, whose short side was 256: bicubic, antialiased."""
    # Pillow's resizing always is antialiased.
    resized = TF.resize(image, [RESIZE], interpolation=InterpolationMode.BICUBIC)
    middle: Image.Image = TF.center_crop(resized, [CROP, CROP])
    return middle
