"""Frechet distance of Gaussians fitted to features.

M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter: "GANs Trained by a Two Time-Scale
Update Rule Converge to a Local Nash Equilibrium" (NeurIPS 2017), as torchmetrics computes it; on
VGG-19 (see `features`) instead of Inception. It is biased upwards, more for fewer images: compare
scores of equally many.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torchmetrics.image.fid import FrechetInceptionDistance

from stylekit.images.frames import Frame
from stylekit.protocols import LoadedWeights
from stylekit_plugins.metrics.features import ImageFeatures, PrecomputedFeatures


class FrechetDistance:
    """Scores all results together against the style images."""

    def __init__(self, params: object) -> None:
        pass

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Load VGG-19."""
        self._features = ImageFeatures(weights, device)

    def score_sets(
        self, results: Sequence[Frame], contents: Sequence[Frame], styles: Sequence[Frame]
    ) -> float:
        """Return the squared distance of results and styles; 0: no difference."""
        fake, real = self._features(results), self._features(styles)
        metric = FrechetInceptionDistance(PrecomputedFeatures())
        metric.update(real, real=True)
        metric.update(fake, real=False)
        return float(metric.compute())
