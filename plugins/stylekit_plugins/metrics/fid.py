"""Frechet distance of Gaussians fitted to features.

M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter: "GANs Trained by a Two Time-Scale
Update Rule Converge to a Local Nash Equilibrium" (NeurIPS 2017), as torchmetrics computes it; on
VGG-19 (see `features`) instead of Inception. It is biased upwards, more for fewer pictures: compare
figures of equally many.
"""

from __future__ import annotations

from torchmetrics.image.fid import FrechetInceptionDistance

from stylekit.evaluation.evaluator import Sets
from stylekit_plugins.metrics.features import Known, of_sets


class FrechetDistance:
    """Compares results with style pictures."""

    def __init__(self, params: object) -> None:
        pass

    def evaluate_sets(self, sets: Sets) -> float:
        """Return the squared distance; 0: no difference."""
        made, real = of_sets(sets)
        metric = FrechetInceptionDistance(Known())
        metric.update(real, real=True)
        metric.update(made, real=False)
        return float(metric.compute())
