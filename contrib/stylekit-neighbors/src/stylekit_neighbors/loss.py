"""Style loss: nearest neighbors of features, in both directions.

Kolkin, Salavon and Shakhnarovich, "Style Transfer by Relaxed Optimal Transport and Self-Similarity"
(CVPR 2019), the style loss: with the cosine distance d of feature vectors, the relaxed earth
mover's distance asks of each position of the picture for a similar one in the style, and of each of
the style's for one in the picture:

    max(mean_i min_j d(a_i, b_j), mean_j min_i d(a_i, b_j))

The first alone is nearest-neighbor feature matching (Zhang et al., "ARF", ECCV 2022): the picture
may then repeat the few parts of the style that suit it. The second has every part of the style
used. Here it is the mean of the two instead of the larger one, so that the gradient does not jump.

Departures: vectors are compared around the style's mean, as in Kolkin et al., "Neural Neighbor
Style Transfer" (2022): directions of activations that are never negative hardly differ. And a style
is searched at a limited number of positions, evenly spread; those of the picture are all taken, so
that every pixel has its gradient.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit_neighbors.params import NeighborsParams

_SMALL = 1e-2
"""Length, in units of a layer's mean activation, below which a vector has no direction."""

_GOLDEN = 0.6180339887498949


class NeighborsLoss:
    """`(mean_i min_j d + mean_j min_i d) / 2 + moments * (|m - m_s|^2 + |s - s_s|^2) / C`.

    d is the cosine distance in [0, 2], m the mean and s the deviation of each of C channels. It is
    about as strong as Gram matrices' loss, so that one style weight serves both.
    """

    accepts_low_precision = True

    def __init__(self, params: NeighborsParams) -> None:
        self.params = params

    def measure(self, features: Tensor) -> Tensor:
        """Return the feature vectors (C, N) of features (1, C, h, w), in the format they have."""
        return features.reshape(features.shape[-3], -1)

    def blend(self, measured: Sequence[tuple[Tensor, float]]) -> Tensor:
        """Return vectors (C, M) of several styles, as many of each as its share; M <= samples."""
        return torch.cat(
            [spread(vectors, share * self.params.samples) for vectors, share in measured], dim=1
        )

    def compare(self, measured: Tensor, target: Tensor) -> Tensor:
        """Return the loss of vectors (C, N) against vectors (C, M), a float32 scalar."""
        target = spread(target, self.params.samples).detach().float()
        center = target.mean(dim=1, keepdim=True)
        vectors, wanted = measured.float() - center, target - center
        directions, sought = (
            F.normalize(vectors, dim=0, eps=_SMALL),
            F.normalize(wanted, dim=0, eps=_SMALL),
        )
        entries = self.params.memory_mb * 2**20 // 4
        nearest, finder = neighbors(directions.detach(), sought, entries)
        forward = 1 - (directions * sought[:, nearest]).sum(dim=0)
        back = 1 - (directions[:, finder] * sought).sum(dim=0)
        loss = (forward.mean() + back.mean()) / 2
        if self.params.moments:
            means = vectors.mean(dim=1).square().mean()
            spreads = (_deviation(vectors) - _deviation(wanted)).square().mean()
            loss = loss + self.params.moments * (means + spreads)
        return loss


def neighbors(vectors: Tensor, others: Tensor, entries: int) -> tuple[Tensor, Tensor]:
    """Return, of unit vectors (C, N) and (C, M), the nearest of M for each of N, and (M,) of N.

    Args:
        entries: numbers of the N x M similarities that are held at once, at most (at least a row).
    """
    count, size = vectors.shape[1], others.shape[1]
    rows = max(1, entries // size)
    nearest = torch.empty(count, dtype=torch.long, device=vectors.device)
    best = vectors.new_full((size,), -torch.inf)
    finder = torch.zeros(size, dtype=torch.long, device=vectors.device)
    for start in range(0, count, rows):
        part = vectors[:, start : start + rows]
        # Made twice, once for each direction: the largest value of each column takes many times as
        # long to find as that of each row.
        nearest[start : start + rows] = (part.T @ others).max(dim=1).indices
        highest, where = (others.T @ part).max(dim=1)
        better = highest > best
        best = torch.where(better, highest, best)
        finder = torch.where(better, where + start, finder)
    return nearest, finder


def spread(vectors: Tensor, most: float) -> Tensor:
    """Return at most `most` (at least one) of vectors (C, N), spread over the picture."""
    count, wanted = vectors.shape[1], max(1, round(most))
    if count <= wanted:
        return vectors
    # Multiples of the golden section: even distances would meet a picture's columns in step.
    parts = torch.arange(wanted, dtype=torch.float64).mul_(_GOLDEN).frac_()
    return vectors[:, (parts * count).long().to(vectors.device)]


def _deviation(vectors: Tensor) -> Tensor:
    """Return the deviation of each row; its gradient is bounded where a row does not vary."""
    return (vectors.var(dim=1, correction=0) + _SMALL**2).sqrt()
