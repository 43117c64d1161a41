"""The method: from a job to a translated picture, in one pass.

Zhu et al.: "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks", ICCV
2017. The generator sees the whole picture, also where a region is chosen: its normalisations take
their statistics from all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from stylekit.errors import DamagedWeightsError
from stylekit.method import Job, Network
from stylekit.one_pass import OnePass
from stylekit.protocols import Parameters
from stylekit.specs import Slot
from stylekit_plugins.cyclegan import generator as generators
from stylekit_plugins.cyclegan.params import CycleGANParams
from stylekit_plugins.cyclegan.translation import bytes_in_strips, generator_on, translate

NETWORK = "cyclegan-generator"
PUBLISHED_WIDTH = 64

FORMATS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class CycleGAN(OnePass):
    """Translates in one pass."""

    def __init__(self, params: CycleGANParams) -> None:
        self.params = params
        self._generator: generators.Generator | None = None

    def bytes_needed(self, components: Mapping[Slot, Any], width: int, height: int) -> float:
        """Return the memory of a translation in strips: what it cannot do without."""
        channels = self._generator.architecture.width if self._generator else PUBLISHED_WIDTH
        return bytes_in_strips(channels, width * height, max(width, height))

    def paint(self, job: Job) -> Tensor:
        """Return the translation, (1, 3, H, W)."""
        generator = self._ready(job)
        return translate(generator, job.content.picture.pixels[None].to(job.device), job.memory)

    def as_network(self, weights: Callable[[str], Parameters]) -> Network:
        """Return the generator with pictures in [0, 1] for those in [-1, 1]."""
        return Network(_Unit(self._made(weights)).eval(), generators.STRIDE)

    def _ready(self, job: Job) -> generators.Generator:
        """Return the generator, made once for all pictures of a run."""
        if self._generator is None:
            made = self._made(job.weights)
            self._generator = generator_on(made, job.device, FORMATS[self.params.precision])
        return self._generator

    def _made(self, weights: Callable[[str], Parameters]) -> generators.Generator:
        parameters = weights(NETWORK)
        state = self._chosen(parameters.state)
        try:
            # On no device: what a file only claims to be large takes no memory.
            with torch.device("meta"):
                made = generators.Generator(generators.architecture_of(state))
            made.load_state_dict(state, assign=True)
        except (IndexError, RuntimeError, ValueError) as error:
            reason = " ".join(str(error).split())[:300]
            raise DamagedWeightsError(
                f"Weights '{parameters.name}' are of no CycleGAN generator: {reason}",
                "Give a *_net_G*.pth of the authors' repository, or a checkpoint of stylekit.",
            ) from None
        return made

    def _chosen(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the only generator, or the one of the wanted direction."""
        prefix = f"{self.params.direction}/"
        chosen = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
        return chosen or dict(state)


class _Unit(nn.Module):
    """A generator on pictures in [0, 1]."""

    def __init__(self, generator: generators.Generator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, picture: Tensor) -> Tensor:
        """Return (N, 3, H, W) in [0, 1] for the same."""
        made: Tensor = self.generator(picture * 2 - 1)
        return ((made + 1) / 2).clamp(0, 1)
