"""Augmentation of training images: random scale, crop and flip, as the authors' code does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from stylekit.images.frames import Frame, fit, resize
from stylekit_plugins.cyclegan.losses import Batch
from stylekit_plugins.cyclegan.params import TrainingParams
from stylekit_plugins.cyclegan.randomness import random_generator


def make_batch(
    images: Mapping[int, Frame],
    slots: Sequence[tuple[int, int]],
    params: TrainingParams,
    *place: int,
) -> Batch:
    """Return a batch of random crops.

    Args:
        images: by their numbers.
        slots: for each image its position in the whole batch, and its number.
        place: seed and place in the training, which decide the random numbers together with the
            position in the batch.
    """
    crops = [
        random_crop(images[number], params, random_generator(*place, position))
        for position, number in slots
    ]
    values = torch.stack([crop.pixels for crop in crops]) * 2 - 1
    masks = [crop.alpha for crop in crops]
    if all(mask is None for mask in masks):
        return Batch(values)
    whole = torch.ones(params.size, params.size)
    return Batch(values, torch.stack([whole if m is None else m for m in masks])[:, None])


def random_crop(frame: Frame, params: TrainingParams, generator: torch.Generator) -> Frame:
    """Return a square of `params.size` from a random place of an image.

    The short side becomes `size * load_scale`; the aspect ratio is kept, where the authors' code
    squeezes every image into a square.
    """
    size = params.size
    short, long = sorted((frame.width, frame.height))
    long_side = max(round(size * params.load_scale * long / short), size)
    width, height = (max(side, size) for side in fit(frame.width, frame.height, long_side))
    # Separately: colors outside the mask belong to the image, unlike those under an alpha of 0.
    pixels = replace(frame, alpha=None).resized(width, height).pixels
    mask = frame.alpha
    if mask is not None:
        mask = resize(mask[None, None], width, height)[0, 0].clamp(0, 1)
    left = int(torch.randint(width - size + 1, (), generator=generator))
    top = int(torch.randint(height - size + 1, (), generator=generator))
    flip = params.flip and bool(torch.rand((), generator=generator) < 0.5)

    def crop(values: torch.Tensor) -> torch.Tensor:
        values = values[..., top : top + size, left : left + size]
        return values.flip(-1) if flip else values

    return Frame(crop(pixels), None if mask is None else crop(mask), frame.origin)
