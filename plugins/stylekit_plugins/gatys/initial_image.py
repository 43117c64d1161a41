"""The first picture: content, style, noise, another method's, a file, or the mixup."""

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
from stylekit.text import did_you_mean
from stylekit_plugins.gatys.objective import Weights
from stylekit_plugins.gatys.params import GatysParams

MIXUP = "mixup"
FIRST_IMAGES = (MIXUP, "content", "style", "noise")

NOISE_DEVIATION = 0.25


def first_image(name: str, job: Job, width: int, height: int) -> Tensor:
    """Return the first picture (1, 3, height, width) in [0, 1].

    Args:
        name: `content`, `style`, `noise`, another method, or a picture source; `mixup` begins as
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
    return covering(frame, width, height).pixels[None].to(job.device)


def is_method(name: str) -> bool:
    """Return whether a first picture can only be the name of another method."""
    plain = not split_scheme(name)[0] and not Path(name).suffix and "/" not in name
    return name not in FIRST_IMAGES and plain and not exists(name)


def check_first_image(name: str) -> None:
    """Refuse a first picture that is neither a known name, nor a method's, nor there.

    Raises:
        UsageError: it looks like one of the known names.
        InputError: there is no such file.
    """
    if name in FIRST_IMAGES or split_scheme(name)[0] or exists(name):
        return
    if not is_method(name):
        raise missing_file(Path(name))
    hint = did_you_mean(name, FIRST_IMAGES)
    if "Did" in hint:
        raise UsageError(f"gatys.init: there is no first picture '{name}', and no such file.", hint)


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
