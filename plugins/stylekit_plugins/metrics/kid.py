"""Kernel distance: squared maximum mean discrepancy of features, unbiased.

M. Binkowski, D. J. Sutherland, M. Arbel, A. Gretton: "Demystifying MMD GANs" (ICLR 2018), with
their cubic kernel, as torchmetrics computes it; on VGG-19 (see `features`) instead of Inception.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import torch
from torchmetrics.image.kid import KernelInceptionDistance

from stylekit.images.frames import Frame
from stylekit.protocols import LoadedWeights
from stylekit_plugins.metrics.features import ImageFeatures, PrecomputedFeatures
from stylekit_plugins.metrics.params import KernelDistanceParams

UNIT = 1e3
"""Scores are given in thousandths, as they are small."""


class KernelDistance:
    """Scores all results together against the style images."""

    def __init__(self, params: KernelDistanceParams) -> None:
        self.params = params

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Load VGG-19."""
        self._features = ImageFeatures(weights, device)

    def score_sets(
        self, results: Sequence[Frame], contents: Sequence[Frame], styles: Sequence[Frame]
    ) -> float:
        """Return the mean distance over random subsets; 0: no difference, noise can be below 0."""
        fake, real = self._features(results), self._features(styles)
        size = min(self.params.subset_size, len(fake), len(real))
        with warnings.catch_warnings():
            # torchmetrics warns of the memory for all features, which is little here.
            warnings.simplefilter("ignore", UserWarning)
            metric = KernelInceptionDistance(PrecomputedFeatures(), self.params.subsets, size)
        metric.update(real, real=True)
        metric.update(fake, real=False)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.params.seed)
            mean, _ = metric.compute()
        return float(mean) * UNIT
