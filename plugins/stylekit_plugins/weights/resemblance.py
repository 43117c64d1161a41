"""What the names of tensors reveal about a file that holds another network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KNOWN = {
    "model.model.": "a U-Net generator (--netG unet_128 or unet_256), which is another network",
    "model.0.weight": "a discriminator",
    "model.1.weight": "a CycleGAN generator (--method cyclegan)",
    "conv1.conv2d.": "a TransformerNet of fast neural style (--method fast)",
    "body.contract.": "a network of --method fast",
    "features.0.": "a VGG",
    "layer1.0.conv1.": "a ResNet classifier",
}
"""Networks that are mistaken for each other, by the beginning of their tensors' names."""


def resemblance(loaded: Mapping[str, Any]) -> str:
    """Describe the contents of a file if its names reveal it: `, but a VGG`; else nothing."""
    names = {str(name).removeprefix("module.") for name in loaded}
    for prefix, network in _KNOWN.items():
        if any(name.startswith(prefix) for name in names):
            return f", but {network}"
    return ""
