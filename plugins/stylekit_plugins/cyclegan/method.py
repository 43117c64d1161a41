"""CycleGAN: translate an image with a trained generator.

Zhu et al.: "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks", ICCV
2017. The generator sees the whole image, also where a region is selected: its normalizations take
their statistics from all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from stylekit.methods.base import Job, Network, Style
from stylekit.methods.feed_forward import FeedForward
from stylekit.protocols import LoadedWeights
from stylekit_plugins.cyclegan.architecture import Architecture
from stylekit_plugins.cyclegan.generator import Generator, convolve_directly
from stylekit_plugins.cyclegan.loading import build_generator
from stylekit_plugins.cyclegan.params import CycleGANParams
from stylekit_plugins.cyclegan.translation import bytes_in_strips, prepare_generator, translate

NETWORK = "cyclegan-generator"

DTYPES = {"exact": torch.float32, "float32": torch.float32, "bfloat16": torch.bfloat16}


class CycleGAN(FeedForward):
    """Translates images with one generator."""

    has_winograd: ClassVar[bool] = True

    def __init__(self, params: CycleGANParams) -> None:
        self.params = params
        self._cached: Generator | None = None

    def bytes_needed(self, components: Mapping[str, Any], width: int, height: int) -> float:
        """Return the least memory of a translation, which is that in strips.

        Before the first image the architecture is not known yet, and the paper's is assumed.
        """
        architecture = self._cached.architecture if self._cached else Architecture()
        return bytes_in_strips(architecture, width * height, max(width, height))

    def forward_image(self, job: Job) -> Tensor:
        """Return the translation, (1, 3, H, W) in [0, 1]."""
        image = job.content.image.pixels[None].to(job.device)
        return translate(self._generator(job), image, job.memory)

    def as_network(
        self, weights: Callable[[str], LoadedWeights], styles: Sequence[Style] = ()
    ) -> Network:
        """Return the generator as a network on images in [0, 1]."""
        generator = self._load(weights)
        # Other programs have no other convolutions.
        convolve_directly(generator)
        return Network(_UnitRange(generator).eval(), generator.architecture.stride)

    def _generator(self, job: Job) -> Generator:
        """Return the generator, loaded once for all images of a run."""
        if self._cached is None:
            generator = self._load(job.weights)
            if self.params.precision == "exact":
                convolve_directly(generator)
            self._cached = prepare_generator(generator, job.device, DTYPES[self.params.precision])
        return self._cached

    def _load(self, weights: Callable[[str], LoadedWeights]) -> Generator:
        return build_generator(self._in_direction(weights(NETWORK).state))

    def _in_direction(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the state of the selected direction's generator, or of the only one."""
        prefix = f"{self.params.direction}/"
        selected = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
        return selected or dict(state)


class _UnitRange(nn.Module):
    """A generator on images in [0, 1] instead of [-1, 1]."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, image: Tensor) -> Tensor:
        """Return the translation (N, 3, H, W) in [0, 1] of images like it."""
        output: Tensor = self.generator(image * 2 - 1)
        return ((output + 1) / 2).clamp(0, 1)
