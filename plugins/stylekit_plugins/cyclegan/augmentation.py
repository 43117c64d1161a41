"""Training pictures: enlarged, cropped and mirrored at random, as the authors' code does.

Every random number depends on the seed and on the place in the training alone, so that a training
that goes on where it stopped draws the same ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from stylekit.images.frames import Frame, fit, resize
from stylekit_plugins.cyclegan.losses import Batch
from stylekit_plugins.cyclegan.params import TrainingParams

_LARGE_PRIME = 2_147_483_647


def random_numbers(seed: int, *place: int) -> torch.Generator:
    """Return random numbers for one place in a training."""
    state = seed % _LARGE_PRIME
    for number in place:
        state = (state * 1_000_003 + number + 1) % _LARGE_PRIME
    return torch.Generator().manual_seed(state)


def order(count: int, length: int, seed: int, *place: int) -> list[int]:
    """Return the numbers of `length` pictures out of `count`: each once before any comes again."""
    numbers: list[int] = []
    generator = random_numbers(seed, *place)
    while len(numbers) < length:
        numbers += torch.randperm(count, generator=generator).tolist()
    return numbers[:length]


def batch_of(
    images: Mapping[int, Frame],
    numbers: Sequence[tuple[int, int]],
    params: TrainingParams,
    *place: int,
) -> Batch:
    """Return some pictures as they are trained on.

    Args:
        images: by their numbers.
        numbers: for each picture its place in the whole batch, and its number.
        place: decides the random numbers, together with the place in the batch.
    """
    crops = [
        cropped(images[number], params, random_numbers(*place, slot)) for slot, number in numbers
    ]
    values = torch.stack([crop.pixels for crop in crops]) * 2 - 1
    masks = [crop.alpha for crop in crops]
    if all(mask is None for mask in masks):
        return Batch(values)
    whole = torch.ones(params.size, params.size)
    return Batch(values, torch.stack([whole if m is None else m for m in masks])[:, None])


def cropped(frame: Frame, params: TrainingParams, generator: torch.Generator) -> Frame:
    """Return a square of `params.size` out of a picture, at a random place.

    The short side becomes `size * enlarge`; the shape is kept, where the authors' code squeezes
    every picture into a square.
    """
    size = params.size
    short, long = sorted((frame.width, frame.height))
    long_side = max(round(size * params.load_scale * long / short), size)
    width, height = (max(side, size) for side in fit(frame.width, frame.height, long_side))
    # Apart: what lies outside a mask is no hidden color, and belongs to the image.
    pixels = replace(frame, alpha=None).resized(width, height).pixels
    mask = frame.alpha
    if mask is not None:
        mask = resize(mask[None, None], width, height)[0, 0].clamp(0, 1)
    left = int(torch.randint(width - size + 1, (), generator=generator))
    top = int(torch.randint(height - size + 1, (), generator=generator))
    flipped = params.flip and bool(torch.rand((), generator=generator) < 0.5)

    def part(values: torch.Tensor) -> torch.Tensor:
        values = values[..., top : top + size, left : left + size]
        return values.flip(-1) if flipped else values

    return Frame(part(pixels), None if mask is None else part(mask), frame.origin)
