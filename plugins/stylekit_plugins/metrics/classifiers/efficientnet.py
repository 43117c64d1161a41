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
from stylekit_plugins.metrics.classifiers.inference import make_logit_function
from stylekit_plugins.metrics.classifiers.lite0 import EfficientNetLite0

NETWORK = "efficientnet-lite0"
RESIZE, CROP = 256, 224


class EfficientNetClassifier:
    """Classifies images into ImageNet's 1000 classes."""

    def __init__(self, params: object) -> None:
        pass

    def classes(self) -> Sequence[ImageClass]:
        """Return ImageNet's classes."""
        return imagenet_classes()

    def load(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> LogitFunction:
        """Load the network and return the function that classifies."""
        parameters = weights(NETWORK)
        network = EfficientNetLite0()
        try:
            network.load_state_dict(dict(parameters.state))
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:300]
            raise DamagedWeightsError(
                f"Weights '{parameters.name}' do not fit EfficientNet-Lite0: {reason}"
            ) from None
        preprocessing = parameters.preprocessing

        def prepare(image: Image.Image) -> Tensor:
            prepared: Tensor = TF.normalize(
                TF.to_tensor(cropped(image)), preprocessing.mean, preprocessing.std
            )
            return prepared

        return make_logit_function(network, prepare, device)


def cropped(image: Image.Image) -> Image.Image:
    """Resize an image to a short side of 256 px (bicubic), and crop its center, 224 x 224."""
    # Pillow always antialiases.
    resized = TF.resize(image, [RESIZE], interpolation=InterpolationMode.BICUBIC)
    center: Image.Image = TF.center_crop(resized, [CROP, CROP])
    return center
