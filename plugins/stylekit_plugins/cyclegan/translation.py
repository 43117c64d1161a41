"""A picture through a generator: any size, as a whole or in strips, as memory allows."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit.machine.precision import layout, takes_bfloat16
from stylekit_plugins.cyclegan.architecture import Architecture
from stylekit_plugins.cyclegan.generator import LEAST, Generator
from stylekit_plugins.cyclegan.strip_inference import ROWS, translate_in_strips

FLOAT = 4
FIXED = 64 * 2.0**20
"""What the libraries take for themselves at any size.

Growth of the peak, measured on a CPU for a generator of width 64: 296 MiB for 768x768 as a whole
(estimated: 409), 217 in strips (252), and 287 for 1536x512 in strips (355).
"""


def bytes_of_whole(architecture: Architecture, pixels: int) -> float:
    """Estimate the most memory in bytes that a translation as a whole takes.

    Args:
        architecture: of the generator.
        pixels: of the image.
    """
    # The first and the last layers: input and output, and some to spare.
    return FIXED + 2.4 * FLOAT * architecture.widest * pixels


def bytes_in_strips(architecture: Architecture, pixels: int, long_side: int) -> float:
    """Estimate the most memory in bytes that a translation in strips takes."""
    # Three of the smallest layers: they have `stride` times the channels, at one of `stride`^2
    # positions. The image twice.
    held = (3 * architecture.width / architecture.stride + 3 * 3) * FLOAT * pixels
    return FIXED + held + 4 * FLOAT * architecture.widest * (ROWS + 16) * long_side


def translate(generator: Generator, image: Tensor, memory: float) -> Tensor:
    """Return the translation of a picture (1, 3, H, W) in [0, 1], of the same size and range.

    Sides are continued by mirroring to multiples of the generator's stride, and cut off again.

    Args:
        memory: bytes that it may take; if it must, it goes in strips, with the same result.
    """
    height, width = image.shape[-2:]
    architecture = generator.architecture
    padded = _continued(image, architecture.stride)
    pixels = padded.shape[-2] * padded.shape[-1]
    weight = next(generator.parameters())
    values = (padded * 2 - 1).to(weight.dtype, memory_format=layout(image.device))
    whole = bytes_of_whole(architecture, pixels) <= memory
    made: Tensor = generator(values) if whole else translate_in_strips(generator, values)
    return ((made[..., :height, :width].float() + 1) / 2).clamp(0, 1)


def _continued(image: Tensor, stride: int) -> Tensor:
    """Give the image sides that the generator takes, mirrored beyond its own."""
    least = LEAST * stride
    below, right = (max(-(-side // stride) * stride, least) - side for side in image.shape[-2:])
    if not (below or right):
        return image
    if below < image.shape[-2] and right < image.shape[-1]:
        return F.pad(image, (0, right, 0, below), mode="reflect")
    return F.pad(image, (0, right, 0, below), mode="replicate")


def generator_on(
    generator: Generator, device: torch.device, dtype: torch.dtype = torch.float32
) -> Generator:
    """Return the generator ready to translate: fixed, on a device."""
    generator.requires_grad_(False).eval()
    generator.to(device, dtype if takes_bfloat16(device) else torch.float32)
    generator.to(memory_format=layout(device))
    return generator
