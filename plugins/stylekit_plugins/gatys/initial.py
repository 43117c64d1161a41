"""The first picture: content, style, noise, a file, or the mixup."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor

from stylekit.frames import Frame
from stylekit.protocols import Job
from stylekit_plugins.gatys.objective import Weights
from stylekit_plugins.gatys.params import GatysParams

NOISE_DEVIATION = 0.25


def first_picture(name: str, job: Job, width: int, height: int) -> Tensor:
    """Return the first picture (1, 3, height, width) in [0, 1].

    Args:
        name: `content`, `style`, `noise`, a picture source; `mixup` begins as the content.

    Raises:
        InputError: the source cannot be read.
    """
    if name == "noise":
        generator = torch.Generator().manual_seed(job.seed)
        noise = torch.randn(1, 3, height, width, generator=generator)
        return (0.5 + NOISE_DEVIATION * noise).clamp(0, 1).to(job.device)
    if name == "style":
        frame = job.styles[0].frame
    elif name in ("content", "mixup"):
        frame = job.content.picture
    else:
        frame = job.read_picture(name)
    return covering(frame, width, height).pixels[None].to(job.device)


def covering(frame: Frame, width: int, height: int) -> Frame:
    """Return the frame scaled to cover `width` x `height`, with what stands over cut off evenly."""
    factor = max(width / frame.width, height / frame.height)
    scaled = frame.resized(
        max(width, round(frame.width * factor)), max(height, round(frame.height * factor))
    )
    left, top = (scaled.width - width) // 2, (scaled.height - height) // 2
    return frame.with_pixels(scaled.pixels[:, top : top + height, left : left + width])


def mixup_weights(weights: Weights, params: GatysParams, deepest: str) -> Weights:
    """Return the weights whose minimum is the mixup.

    Low-level features of the style and high-level features of the content: style is compared at the
    low layers alone, content at the deepest of the content layers.
    """
    low = {layer: params.style_layers.get(layer) or 1.0 for layer in params.mixup_style_layers}
    return dataclasses.replace(weights, style_layers=low, content_layers={deepest: 1.0})
