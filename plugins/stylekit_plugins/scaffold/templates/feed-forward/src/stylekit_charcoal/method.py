"""The colors of the style: mean and standard deviation of red, green and blue.

After E. Reinhard, M. Ashikhmin, B. Gooch, P. Shirley: "Color Transfer between Images" (IEEE CG&A
2001), in RGB. A method that works step by step derives from `stylekit.Method`, and yields its
stages and steps itself.
"""

from __future__ import annotations

import torch
from stylekit import FeedForward, Job
from torch import Tensor

from stylekit_charcoal.params import CharcoalParams


class CharcoalMethod(FeedForward):
    """Shifts and stretches the colors of the content."""

    def __init__(self, params: CharcoalParams) -> None:
        self.params = params

    def forward_image(self, job: Job) -> Tensor:
        """Return the result (1, 3, H, W) in [0, 1]."""
        pixels = job.content.image.pixels.to(job.device)
        mean, deviation = _statistics(pixels)
        wanted_mean, wanted_deviation = torch.zeros_like(mean), torch.zeros_like(deviation)
        for style in job.styles:
            style_mean, style_deviation = _statistics(style.frame.pixels.to(job.device))
            wanted_mean += style.weight * style_mean
            wanted_deviation += style.weight * style_deviation
        moved = (pixels - mean) / (deviation + 1e-6) * wanted_deviation + wanted_mean
        return torch.lerp(pixels, moved, self.params.strength).clamp(0, 1)[None]


def _statistics(pixels: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and deviation (3, 1, 1) of (3, H, W)."""
    return pixels.mean(dim=(1, 2), keepdim=True), pixels.std(dim=(1, 2), keepdim=True)
