"""A picture through a generator: any size, as a whole or in strips, as memory allows."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit_plugins.cyclegan.generator import LEAST, STRIDE, Generator
from stylekit_plugins.cyclegan.strips import ROWS, translate_in_strips

FLOAT = 4
FIXED = 64 * 2.0**20
"""What the libraries take for themselves at any size.

Growth of the peak, measured on a CPU for a generator of width 64: 296 MiB for 768x768 as a whole
(estimated: 409), 217 in strips (252), and 287 for 1536x512 in strips (355).
"""


def bytes_of_whole(width: int, pixels: int) -> float:
    """Return the memory that a translation as a whole takes at most, in bytes.

    Args:
        width: of the generator: channels of its first layer.
        pixels: of the picture.
    """
    # The first and the last layers: input and output, and some to spare.
    return FIXED + 2.4 * FLOAT * width * pixels


def bytes_in_strips(width: int, pixels: int, long_side: int) -> float:
    """Return the memory that a translation in strips takes at most, in bytes."""
    # Three layers of four times the channels at a sixteenth of the positions; the picture twice.
    held = (3 * 4 * width / 16 + 3 * 3) * FLOAT * pixels
    return FIXED + held + 4 * FLOAT * width * (ROWS + 16) * long_side


def translate(generator: Generator, picture: Tensor, memory: float) -> Tensor:
    """Return the translation of a picture (1, 3, H, W) in [0, 1], of the same size and range.

    Sides are continued by mirroring to multiples of four, and cut off again.

    Args:
        memory: bytes that it may take; if it must, it goes in strips, with the same result.
    """
    height, width = picture.shape[-2:]
    padded = _continued(picture)
    pixels = padded.shape[-2] * padded.shape[-1]
    weight = next(generator.parameters())
    values = (padded * 2 - 1).to(weight.dtype, memory_format=torch.channels_last)
    whole = bytes_of_whole(generator.architecture.width, pixels) <= memory
    made: Tensor = generator(values) if whole else translate_in_strips(generator, values)
    return ((made[..., :height, :width].float() + 1) / 2).clamp(0, 1)


def _continued(picture: Tensor) -> Tensor:
    """Return the picture with sides that the generator takes, mirrored beyond its own."""
    below, right = (max(-(-side // STRIDE) * STRIDE, LEAST) - side for side in picture.shape[-2:])
    if not (below or right):
        return picture
    if below < picture.shape[-2] and right < picture.shape[-1]:
        return F.pad(picture, (0, right, 0, below), mode="reflect")
    return F.pad(picture, (0, right, 0, below), mode="replicate")


def generator_on(
    generator: Generator, device: torch.device, dtype: torch.dtype = torch.float32
) -> Generator:
    """Return the generator ready to translate: fixed, channels-last, on a device."""
    generator.requires_grad_(False).eval()
    generator.to(device, dtype)
    generator.to(memory_format=torch.channels_last)
    return generator
