"""Pools of old translations, which the discriminators see beside new ones.

A. Shrivastava, T. Pfister, O. Tuzel, J. Susskind, W. Wang, R. Webb: "Learning from Simulated and
Unsupervised Images through Adversarial Training" (CVPR 2017), section 2.3; 50 in CycleGAN.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class ImagePool:
    """Up to `size` translations; 0: always the new ones.

    Args:
        generator: draws the random numbers, on the CPU; its owner seeds it and saves its state.
    """

    def __init__(self, size: int, generator: torch.Generator) -> None:
        self.size = size
        self._generator = generator
        self._images: list[Tensor] = []

    def exchange(self, new: Tensor) -> Tensor:
        """Return the images (N, 3, H, W) that the discriminator sees instead of the new ones.

        While the pool is not full, the new ones. Then each time, with probability 1/2, an old one,
        which the new one replaces.
        """
        if self.size == 0:
            return new
        selected = []
        for image in new.detach():
            if len(self._images) < self.size:
                self._images.append(image.clone())
                selected.append(image)
            elif torch.rand((), generator=self._generator) < 0.5:
                place = int(torch.randint(self.size, (), generator=self._generator))
                selected.append(self._images[place])
                self._images[place] = image.clone()
            else:
                selected.append(image)
        return torch.stack(selected)

    def state_dict(self) -> dict[str, Any]:
        """Return the translations, without the state of the random numbers."""
        return {"images": list(self._images)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from `state_dict()`."""
        self._images = list(state["images"])
