"""Old translations, which the discriminators are shown besides new ones.

A. Shrivastava, T. Pfister, O. Tuzel, J. Susskind, W. Wang, R. Webb: "Learning from Simulated and
Unsupervised Images through Adversarial Training" (CVPR 2017), section 2.3; 50 in CycleGAN.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class Pool:
    """Up to `size` translations; 0: always the new ones.

    Args:
        generator: the random numbers that decide, on the CPU.
    """

    def __init__(self, size: int, generator: torch.Generator) -> None:
        self.size = size
        self._generator = generator
        self._kept: list[Tensor] = []

    def exchange(self, new: Tensor) -> Tensor:
        """Return pictures (N, 3, H, W) to show for the new ones.

        While the pool is not full, the new ones. Then each time, with probability 1/2, an old one,
        whose place the new one takes.
        """
        if self.size == 0:
            return new
        shown = []
        for image in new.detach():
            if len(self._kept) < self.size:
                self._kept.append(image.clone())
                shown.append(image)
            elif torch.rand((), generator=self._generator) < 0.5:
                place = int(torch.randint(self.size, (), generator=self._generator))
                shown.append(self._kept[place])
                self._kept[place] = image.clone()
            else:
                shown.append(image)
        return torch.stack(shown)

    def state_dict(self) -> dict[str, Any]:
        """Return the translations; the random numbers are their owner's."""
        return {"kept": list(self._kept)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from `state_dict()`."""
        self._kept = list(state["kept"])
