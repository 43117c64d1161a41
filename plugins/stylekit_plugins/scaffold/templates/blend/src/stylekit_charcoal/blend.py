"""Dissolve: each grain shows the content or the result, the more of these the more of the mask."""

from __future__ import annotations

import torch
from torch import Tensor

from stylekit_charcoal.params import CharcoalParams


class CharcoalBlend:
    """Blends by grains."""

    def __init__(self, params: CharcoalParams) -> None:
        self.params = params

    def blend(self, content: Tensor, result: Tensor, mask: Tensor) -> Tensor:
        """Return (3, H, W) in [0, 1] for two images like it and a mask (H, W) in [0, 1]."""
        return torch.where(mask > self._noise(mask), result, content)

    def _noise(self, mask: Tensor) -> Tensor:
        """Return thresholds in [0, 1) like a mask, the same in each run."""
        grain = self.params.grain
        height, width = mask.shape
        generator = torch.Generator().manual_seed(self.params.seed)
        noise = torch.rand(-(-height // grain), -(-width // grain), generator=generator)
        large = noise.repeat_interleave(grain, dim=0).repeat_interleave(grain, dim=1)
        return large[:height, :width].to(mask.device)
