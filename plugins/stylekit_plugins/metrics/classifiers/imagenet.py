"""The 1000 classes of the ImageNet challenge, in the order of all networks trained on it.

O. Russakovsky et al.: "ImageNet Large Scale Visual Recognition Challenge", IJCV 2015. The order is
that of the WordNet ids.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from stylekit.evaluation.classifier import ImageClass


@cache
def imagenet_classes() -> tuple[ImageClass, ...]:
    """Return the classes with torchvision's names."""
    from torchvision.models import ResNet50_Weights

    names = ResNet50_Weights.IMAGENET1K_V2.meta["categories"]
    text = (files(__package__) / "imagenet_wnids.txt").read_text(encoding="ascii")
    return tuple(
        ImageClass(index, name, key)
        for index, (name, key) in enumerate(zip(names, text.split(), strict=True))
    )
