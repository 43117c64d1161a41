"""Generators that the field's other options and repositories make, told apart by their tensors.

CycleGAN here is the paper's: RGB in and out, residual blocks, instance normalisation. The authors'
repository also writes others under the same file names, and so do its descendants.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

_FIRST = "model.1.weight"
_LAYER = re.compile(r"model\.(\d+)\.weight")
_BLOCK = re.compile(r"model\.(\d+)\.conv_block\.")


def other_generator(state: Mapping[str, Tensor]) -> str | None:
    """Say which other network a state dict is of, or None if nothing tells."""
    if any(name.startswith("model.model.") for name in state):
        return "a U-Net generator (pix2pix, --netG unet_256)"
    if any(name.endswith(".filt") for name in state):
        return "a generator with antialiased layers (CUT, FastCUT)"
    if "model.0.weight" in state and _FIRST not in state:
        return "a discriminator"
    convolutions = {
        int(match[1]): tensor
        for name, tensor in state.items()
        if (match := _LAYER.fullmatch(name)) and tensor.ndim == 4
    }
    if 1 not in convolutions:
        return None
    channels = convolutions[1].shape[1], len(convolutions[max(convolutions)])
    if channels != (3, 3):
        return f"a generator from {_channels(channels[0])} to {_channels(channels[1])}, not of RGB"
    if "model.2.weight" in state and "model.1.bias" not in state:
        return "a generator with batch normalization (--norm batch)"
    blocks = {int(match[1]) for name in state if (match := _BLOCK.match(name))}
    enlarging = f"model.{10 + len(blocks)}."
    if blocks and not any(name.startswith(enlarging) for name in state):
        return "a generator with its layers at other places (as in PyTorch-GAN)"
    return None


def _channels(count: int) -> str:
    return f"{count} channel{'s' if count > 1 else ''}"
