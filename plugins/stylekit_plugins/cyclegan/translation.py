"""Translate an image of any size, as a whole or in strips, as memory allows."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit.machine.precision import layout, takes_bfloat16
from stylekit_plugins.cyclegan.architecture import Architecture
from stylekit_plugins.cyclegan.generator import MIN_SIDE, Generator
from stylekit_plugins.cyclegan.strip_inference import translate_in_strips
from stylekit_plugins.networks.row_sources import STRIP_ROWS

FLOAT = 4

BYTES_FIXED = 64 * 2.0**20
"""What the libraries need at any size (benchmarks/notes/memory.md compares the estimates)."""


def bytes_whole(architecture: Architecture, pixels: int) -> float:
    """Estimate the peak memory in bytes of a translation as a whole.

    Args:
        architecture: of the generator.
        pixels: of the image.
    """
    # The first and the last layers: input and output, and a margin.
    return BYTES_FIXED + 2.4 * FLOAT * architecture.widest * pixels


def bytes_in_strips(architecture: Architecture, pixels: int, long_side: int) -> float:
    """Estimate the peak memory in bytes of a translation in strips."""
    # Three of the smallest layers: they have `stride` times the channels, at one of `stride`^2
    # positions. The image twice.
    whole = (3 * architecture.base_channels / architecture.stride + 3 * 3) * FLOAT * pixels
    return BYTES_FIXED + whole + 4 * FLOAT * architecture.widest * (STRIP_ROWS + 16) * long_side


def translate(generator: Generator, image: Tensor, memory: float) -> Tensor:
    """Return the translation of an image (1, 3, H, W) in [0, 1], of the same size and range.

    Sides are padded to multiples of the generator's stride, and cropped again.

    Args:
        memory: bytes available; if they are too few, strips give the same result.
    """
    height, width = image.shape[-2:]
    architecture = generator.architecture
    padded = _pad(image, architecture.stride)
    pixels = padded.shape[-2] * padded.shape[-1]
    weight = next(generator.parameters())
    values = (padded * 2 - 1).to(weight.dtype, memory_format=layout(image.device))
    whole = bytes_whole(architecture, pixels) <= memory
    output: Tensor = generator(values) if whole else translate_in_strips(generator, values)
    return ((output[..., :height, :width].float() + 1) / 2).clamp(0, 1)


def prepare_generator(
    generator: Generator, device: torch.device, dtype: torch.dtype = torch.float32
) -> Generator:
    """Freeze the generator and move it to a device."""
    generator.requires_grad_(False).eval()
    generator.to(device, dtype if takes_bfloat16(device) else torch.float32)
    generator.to(memory_format=layout(device))
    return generator


def _pad(image: Tensor, stride: int) -> Tensor:
    """Pad the image to sides that the generator takes, by reflection where it is large enough."""
    least = MIN_SIDE * stride
    below, right = (max(-(-side // stride) * stride, least) - side for side in image.shape[-2:])
    if not (below or right):
        return image
    if below < image.shape[-2] and right < image.shape[-1]:
        return F.pad(image, (0, right, 0, below), mode="reflect")
    return F.pad(image, (0, right, 0, below), mode="replicate")
