"""The initial image: content, style, noise, another method's result, a file, or the mixup."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch
from torch import Tensor

from stylekit.errors import UsageError
from stylekit.files.paths import exists, missing_file
from stylekit.images.frames import Frame
from stylekit.inputs.syntax import split_scheme
from stylekit.methods.base import Job
from stylekit.text import did_you_mean, nearest
from stylekit_plugins.gatys.objective import LossWeights
from stylekit_plugins.gatys.params import GatysParams

MIXUP = "mixup"
INITIAL_IMAGES = (MIXUP, "content", "style", "noise")

NOISE_DEVIATION = 0.25


def initial_image(name: str, job: Job, width: int, height: int) -> Tensor:
    """Return the initial image (1, 3, height, width) in [0, 1].

    Args:
        name: `content`, `style`, `noise`, another method, or an image source; `mixup` starts from
            the content.

    Raises:
        InputError: the source cannot be read.
    """
    if name == "noise":
        generator = torch.Generator().manual_seed(job.seed)
        noise = torch.randn(1, 3, height, width, generator=generator)
        return (0.5 + NOISE_DEVIATION * noise).clamp(0, 1).to(job.device)
    if name == "style":
        frame = job.styles[0].frame
    elif name in ("content", MIXUP):
        frame = job.content.image
    elif is_method(name):
        frame = job.run_to_end(name).image
    else:
        frame = job.read_image(name)
    return crop_to_fill(frame, width, height).pixels[None].to(job.device)


def is_method(name: str) -> bool:
    """Return whether the name of an initial image can only be another method's."""
    plain = not split_scheme(name)[0] and not Path(name).suffix and "/" not in name
    return name not in INITIAL_IMAGES and plain and not exists(name)


def check_initial_image(name: str) -> None:
    """Raise an error unless the name is known, can be a method's, or is an existing file.

    Raises:
        UsageError: the name is a misspelling of a known one.
        InputError: the file does not exist.
    """
    if name in INITIAL_IMAGES or split_scheme(name)[0] or exists(name):
        return
    if not is_method(name):
        raise missing_file(Path(name))
    if nearest(name, INITIAL_IMAGES):
        raise UsageError(
            f"gatys.init: '{name}' is neither an initial image, a method nor a file.",
            did_you_mean(name, INITIAL_IMAGES),
        )


def crop_to_fill(frame: Frame, width: int, height: int) -> Frame:
    """Scale the frame to cover `width` x `height`, and crop the excess evenly on both sides."""
    factor = max(width / frame.width, height / frame.height)
    scaled = frame.resized(
        max(width, round(frame.width * factor)), max(height, round(frame.height * factor))
    )
    left, top = (scaled.width - width) // 2, (scaled.height - height) // 2
    return frame.with_pixels(scaled.pixels[:, top : top + height, left : left + width])


def mixup_weights(weights: LossWeights, params: GatysParams, deepest: str) -> LossWeights:
    """Return the weights whose minimum is the mixup.

    Style is compared at the low layers alone, content at `deepest`, the deepest content layer: the
    mixup has low-level features of the style and high-level features of the content.
    """
    low = {layer: params.style_layers.get(layer) or 1.0 for layer in params.mixup_style_layers}
    return dataclasses.replace(weights, style_layers=low, content_layers={deepest: 1.0})
