"""Perturbed copies of images, for losses that keep a video steady without any video.

A network that gives the same painting under noise, and a warped one for a warped photograph, does
not flicker: ||f(W x + n) - W f(x)||^2 for a smooth random warp W and noise n, in the way of ReReVST
(Wang et al., TIP 2020), whose motion is as invented.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit_plugins.fast.randomness import uniform

BEND = 1.5
"""Standard deviation of the warp's bending, in pixels, at a grid of 5 x 5 points."""

SHIFTS = (1.0, 4.0, 8.0)
"""Greatest shifts in pixels, one of which is drawn."""

GRAINS = (1, 2, 4, 8)
"""Sizes of the noise's grain in pixels, one of which is drawn: networks amplify coarse noise, which
compression leaves in clips, several times as much as that of single pixels."""

BRIGHTNESS = 0.03
"""Greatest relative change of the brightness."""


@dataclass(frozen=True, eq=False)
class Perturbation:
    """One random warp and one random noise, for squares of one size.

    Attributes:
        grid: where each pixel comes from, (1, H, W, 2), as `grid_sample` takes it.
        valid: 1 where that is inside the image, (1, 1, H, W).
        noise: (1, 3, H, W).
        gain: factor on the brightness.
    """

    grid: Tensor
    valid: Tensor
    noise: Tensor
    gain: float

    @classmethod
    def draw(cls, size: int, sigma: float, generator: torch.Generator) -> Perturbation:
        """Draw one.

        Args:
            sigma: greatest standard deviation of the noise.
        """
        centers = torch.arange(size) + 0.5
        y, x = torch.meshgrid(centers, centers, indexing="ij")
        bend = BEND * torch.randn(1, 2, 5, 5, generator=generator)
        flow = F.interpolate(bend, (size, size), mode="bicubic", align_corners=True)[0]
        greatest = SHIFTS[int(torch.randint(len(SHIFTS), (), generator=generator))]
        shift = (2 * torch.rand(2, generator=generator) - 1) * greatest
        x, y = x + flow[0] + shift[0], y + flow[1] + shift[1]
        inside = (x > 1) & (x < size - 1) & (y > 1) & (y < size - 1)
        grain = GRAINS[int(torch.randint(len(GRAINS), (), generator=generator))]
        noise = torch.randn(1, 3, size // grain, size // grain, generator=generator)
        if grain > 1:
            noise = F.interpolate(noise, (size, size), mode="bilinear")
        noise = uniform(generator, 0, sigma) * noise / noise.std()
        return cls(
            torch.stack((x, y), dim=-1)[None] / size * 2 - 1,
            inside.float()[None, None],
            noise,
            1 + uniform(generator, -BRIGHTNESS, BRIGHTNESS),
        )

    def apply(self, image: Tensor) -> Tensor:
        """Return the perturbed image, (1, 3, H, W) in [0, 1]."""
        return (self.warp(image) * self.gain + self.noise.to(image)).clamp(0, 1)

    def warp(self, image: Tensor) -> Tensor:
        """Return the warped image, (1, 3, H, W)."""
        return F.grid_sample(
            image, self.grid.to(image), padding_mode="reflection", align_corners=False
        )

    def loss(self, result: Tensor, perturbed_result: Tensor) -> Tensor:
        """Return the mean squared difference of what the network made of both, where it counts."""
        valid = self.valid.to(result)
        difference = perturbed_result - self.warp(result)
        return (valid * difference.square()).mean() / valid.mean()
