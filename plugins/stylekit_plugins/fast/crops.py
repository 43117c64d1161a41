"""Crops of photographs, each with the strength at which it is learned and with its objective.

Computing the features of a crop costs a third of a step, so crops are kept, and take turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from stylekit.images.frames import Frame
from stylekit.methods.training import Objective
from stylekit_plugins.fast.params import MAX_STRENGTH
from stylekit_plugins.fast.randomness import Purpose, permuted, random_generator, uniform
from stylekit_plugins.fast.style_objective import StyleObjective
from stylekit_plugins.fast.training_params import FastTrainingParams

LEAST_STRENGTH = 0.02
"""Least strength that is learned; at 0 the result is the image."""


@dataclass(frozen=True, eq=False)
class Crop:
    """A square of a photograph.

    Attributes:
        frame: the square.
        image: (1, 3, size, size) in [0, 1], on the device.
        strength: at which it is learned.
        style: makes the objective.
    """

    frame: Frame
    image: Tensor
    strength: float
    style: StyleObjective

    @cached_property
    def objective(self) -> Objective:
        """The objective of its result."""
        return self.style.of(self.frame, self.strength)


class CropPool:
    """Crops of one size.

    Args:
        photographs: read on access.
        style: makes objectives.
        size: side of the crops in pixels.
    """

    def __init__(
        self,
        photographs: Sequence[Frame],
        style: StyleObjective,
        params: FastTrainingParams,
        size: int,
        seed: int,
        device: torch.device,
    ) -> None:
        self._photographs, self._style, self._params = photographs, style, params
        self._size, self._seed, self._device = size, seed, device
        self._kept: dict[int, tuple[int, Crop]] = {}

    def batch(self, step: int) -> list[Crop]:
        """Return the crops of a step, which depend on its number alone."""
        first = step * self._params.batch
        return [self._crop(position) for position in range(first, first + self._params.batch)]

    def _crop(self, position: int) -> Crop:
        count = self._params.crops
        place = permuted(count, position, self._seed, Purpose.TURNS)
        generation = position // count // self._params.visits
        if (kept := self._kept.get(place)) and kept[0] == generation:
            return kept[1]
        number = generation * count + place
        crop = self._make(number, (number + 0.5) % count / count)
        self._kept[place] = generation, crop
        return crop

    def _make(self, number: int, turn: float) -> Crop:
        """Cut the crop of a number; `turn` in (0, 1) spreads the strengths over the pool."""
        index = permuted(len(self._photographs), number, self._seed, Purpose.PHOTOGRAPHS)
        generator = random_generator(self._seed, Purpose.CROPS, self._size, number)
        frame = random_square(
            self._photographs[index], self._size, self._params.least_crop, generator
        )
        strength = 1.0
        if turn < self._params.dial:
            generator = random_generator(self._seed, Purpose.STRENGTHS, number)
            # Between 1 and the greatest, the network interpolates.
            strength = MAX_STRENGTH if number % 2 else uniform(generator, LEAST_STRENGTH, 1)
        return Crop(frame, frame.pixels[None].to(self._device), strength, self._style)


def random_square(frame: Frame, size: int, least: float, generator: torch.Generator) -> Frame:
    """Cut a random square, scale it to `size`, and mirror every second one.

    Args:
        least: least side of the square relative to the short side of the image.
    """
    short = min(frame.width, frame.height)
    scale = size / (short * uniform(generator, least, 1))
    width, height = (max(size, round(side * scale)) for side in (frame.width, frame.height))
    pixels = frame.resized(width, height).pixels
    top, left = (
        int(torch.randint(side - size + 1, (), generator=generator)) for side in (height, width)
    )
    pixels = pixels[:, top : top + size, left : left + size]
    if torch.rand((), generator=generator) < 0.5:
        pixels = pixels.flip(-1)
    return Frame(pixels.clamp(0, 1).contiguous(), None, frame.origin)


def center_square(frame: Frame, size: int) -> Frame:
    """Return the middle of an image, scaled to a square of `size`."""
    short = min(frame.width, frame.height)
    width, height = (max(size, round(side * size / short)) for side in (frame.width, frame.height))
    pixels = frame.resized(width, height).pixels
    top, left = (height - size) // 2, (width - size) // 2
    pixels = pixels[:, top : top + size, left : left + size]
    return Frame(pixels.clamp(0, 1).contiguous(), None, frame.origin)
