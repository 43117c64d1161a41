"""The method: from a job to a translated picture, in one pass.

Zhu et al.: "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks", ICCV
2017. The generator sees the whole picture, also where a region is chosen: its normalizations take
their statistics from all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from stylekit.methods.base import Job, Network
from stylekit.methods.feed_forward import FeedForward
from stylekit.protocols import LoadedWeights
from stylekit.specs import Slot
from stylekit_plugins.cyclegan.architecture import Architecture
from stylekit_plugins.cyclegan.generator import Generator
from stylekit_plugins.cyclegan.loading import generator_of
from stylekit_plugins.cyclegan.params import CycleGANParams
from stylekit_plugins.cyclegan.translation import bytes_in_strips, generator_on, translate

NETWORK = "cyclegan-generator"

FORMATS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class CycleGAN(FeedForward):
    """Translates in one pass."""

    def __init__(self, params: CycleGANParams) -> None:
        self.params = params
        self._generator: Generator | None = None

    def bytes_needed(self, components: Mapping[Slot, Any], width: int, height: int) -> float:
        """Return the memory of a translation in strips: what it cannot do without."""
        architecture = self._generator.architecture if self._generator else Architecture()
        return bytes_in_strips(architecture, width * height, max(width, height))

    def forward_image(self, job: Job) -> Tensor:
        """Return the translation, (1, 3, H, W)."""
        generator = self._ready(job)
        return translate(generator, job.content.image.pixels[None].to(job.device), job.memory)

    def as_network(self, weights: Callable[[str], LoadedWeights]) -> Network:
        """Return the generator with pictures in [0, 1] for those in [-1, 1]."""
        generator = self._made(weights)
        return Network(_Unit(generator).eval(), generator.architecture.stride)

    def _ready(self, job: Job) -> Generator:
        """Return the generator, made once for all pictures of a run."""
        if self._generator is None:
            made = self._made(job.weights)
            self._generator = generator_on(made, job.device, FORMATS[self.params.precision])
        return self._generator

    def _made(self, weights: Callable[[str], LoadedWeights]) -> Generator:
        return generator_of(self._chosen(weights(NETWORK).state))

    def _chosen(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the only generator, or the one of the wanted direction."""
        prefix = f"{self.params.direction}/"
        chosen = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
        return chosen or dict(state)


class _Unit(nn.Module):
    """A generator on pictures in [0, 1]."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, image: Tensor) -> Tensor:
        """Return (N, 3, H, W) in [0, 1] for the same."""
        made: Tensor = self.generator(image * 2 - 1)
        return ((made + 1) / 2).clamp(0, 1)
