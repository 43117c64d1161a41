"""Kernel distance: squared maximum mean discrepancy of features, unbiased.

M. Binkowski, D. J. Sutherland, M. Arbel, A. Gretton: "Demystifying MMD GANs" (ICLR 2018), with
their cubic kernel, as torchmetrics computes it; on VGG-19 (see `features`) instead of Inception.
"""

from __future__ import annotations

import warnings

import torch
from torchmetrics.image.kid import KernelInceptionDistance

from stylekit.evaluation.evaluator import Sets
from stylekit_plugins.metrics.features import Known, of_sets
from stylekit_plugins.metrics.params import KernelDistanceParams

UNIT = 1e3
"""Figures are small; they are told in thousandths."""


class KernelDistance:
    """Compares results with style pictures."""

    def __init__(self, params: KernelDistanceParams) -> None:
        self.params = params

    def evaluate_sets(self, sets: Sets) -> float:
        """Return the mean over random subsets; 0: no difference, it can fall a little below."""
        made, real = of_sets(sets)
        size = min(self.params.subset_size, len(made), len(real))
        with warnings.catch_warnings():
            # It warns of the memory for all features, which are a few numbers a picture here.
            warnings.simplefilter("ignore", UserWarning)
            metric = KernelInceptionDistance(Known(), self.params.subsets, size)
        metric.update(real, real=True)
        metric.update(made, real=False)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.params.seed)
            mean, _ = metric.compute()
        return float(mean) * UNIT
