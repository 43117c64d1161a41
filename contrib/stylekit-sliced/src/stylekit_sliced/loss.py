"""Style loss: sliced Wasserstein distance of features.

Heitz, Vanhoey, Chambon and Belcour, "A Sliced Wasserstein Loss for Neural Texture Synthesis"
(CVPR 2021), equations 4 to 6: features are projected on random unit directions, each list of
projections is sorted, and the loss is the mean squared difference of the sorted lists. It is 0 only
if the two distributions are equal, where equal Gram matrices imply equal second moments only.

Departures from the paper: the directions are drawn once and not at each step, so that an optimizer
with memory (L-BFGS) sees one objective and a run is reproducible; and each sorted list is averaged
to a fixed number of quantiles before the comparison. Quantile functions of images of any two sizes
can be compared, and their linear blend is the barycenter of the distributions: several styles
blend.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit_sliced.params import SlicedWassersteinParams

SCALE = 8.0
"""Makes the loss as strong as that of Gram matrices, so that one style weight fits both."""


class SlicedWassersteinLoss:
    """`SCALE * mean((Q - Q_s)^2)` over directions and quantiles, Q a quantile function."""

    def __init__(self, params: SlicedWassersteinParams) -> None:
        self.params = params
        self._directions: dict[tuple[int, torch.device], Tensor] = {}

    def measure(self, features: Tensor) -> Tensor:
        """Return the quantiles (directions, quantiles) of features (1, C, h, w)."""
        channels, height, width = features.shape[-3:]
        flat = features.float().reshape(channels, height * width)
        projected = self._directions_for(channels, flat.device) @ flat
        return mean_quantiles(projected.sort(dim=1).values, self.params.quantiles)

    def compare(self, measured: Tensor, target: Tensor) -> Tensor:
        """Return the scaled mean squared difference, a scalar."""
        return SCALE * F.mse_loss(measured, target)

    def _directions_for(self, channels: int, device: torch.device) -> Tensor:
        key = (channels, device)
        if key not in self._directions:
            count = max(1, round(self.params.projections * channels))
            # On the CPU, whose generator gives the same numbers on every machine.
            generator = torch.Generator().manual_seed(self.params.seed)
            directions = torch.randn(count, channels, generator=generator)
            self._directions[key] = F.normalize(directions, dim=1).to(device)
        return self._directions[key]


def mean_quantiles(ordered: Tensor, count: int) -> Tensor:
    """Average rows of sorted values (K, N) to (K, count): the mean over each equal share of them.

    The quantile function of N values is a staircase; this is its exact integral over each of
    `count` equal intervals, for any N. Every value contributes, and so has a gradient.
    """
    size = ordered.shape[1]
    sums = F.pad(ordered.cumsum(dim=1), (1, 0))
    # Whole and fractional part of k * N / count, in integers: float32 cannot hold them exactly.
    ends = torch.arange(count + 1, device=ordered.device) * size
    below = ends // count
    fraction = (ends % count).to(ordered.dtype) / count
    above = (below + 1).clamp(max=size)
    integral = torch.lerp(sums[:, below], sums[:, above], fraction)
    return integral.diff(dim=1) * (count / size)
