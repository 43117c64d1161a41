"""Style loss: nearest neighbors of features, in both directions.

Kolkin, Salavon and Shakhnarovich, "Style Transfer by Relaxed Optimal Transport and Self-Similarity"
(CVPR 2019), the style loss: with the cosine distance d of feature vectors, the relaxed earth
mover's distance compares each position of the image with the most similar one of the style, and
each position of the style with the most similar one of the image:

    max(mean_i min_j d(a_i, b_j), mean_j min_i d(a_i, b_j))

The first term alone is nearest-neighbor feature matching (Zhang et al., "ARF", ECCV 2022), with
which the image may repeat a few parts of the style. The second term requires every part of the
style. Here it is the mean of the two instead of the larger one, so that the gradient is continuous.

Departures: vectors are compared around the style's mean, as in Kolkin et al., "Neural Neighbor
Style Transfer" (2022): directions of activations that are never negative hardly differ. And a style
is searched at a limited number of positions, evenly spread; the image at all positions, so that
every pixel has a gradient.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from stylekit_neighbors.params import NeighborsParams

_MIN_LENGTH = 1e-2
"""Length, in units of a layer's mean activation, below which a vector has no direction."""

_GOLDEN = 0.6180339887498949


class NeighborsLoss:
    """`(mean_i min_j d + mean_j min_i d) / 2 + moments * (|m - m_s|^2 + |s - s_s|^2) / C`.

    d is the cosine distance in [0, 2], m the mean and s the deviation of each of C channels. It is
    about as strong as the loss of Gram matrices, so that one style weight fits both.
    """

    accepts_low_precision = True

    def __init__(self, params: NeighborsParams) -> None:
        self.params = params

    def measure(self, features: Tensor) -> Tensor:
        """Return the feature vectors (C, N) of features (1, C, h, w), in their own format."""
        return features.reshape(features.shape[-3], -1)

    def blend(self, measured: Sequence[tuple[Tensor, float]]) -> Tensor:
        """Return vectors (C, M) of several styles, in proportion to their weights; M <= samples."""
        return torch.cat(
            [spread(vectors, weight * self.params.samples) for vectors, weight in measured], dim=1
        )

    def compare(self, measured: Tensor, target: Tensor) -> Tensor:
        """Return the loss of vectors (C, N) against vectors (C, M), a float32 scalar."""
        target = spread(target, self.params.samples).detach().float()
        center = target.mean(dim=1, keepdim=True)
        vectors, style = measured.float() - center, target - center
        directions, style_directions = (
            F.normalize(vectors, dim=0, eps=_MIN_LENGTH),
            F.normalize(style, dim=0, eps=_MIN_LENGTH),
        )
        entries = self.params.memory_mb * 2**20 // 4
        to_style, to_image = neighbors(directions.detach(), style_directions, entries)
        forward = 1 - (directions * style_directions[:, to_style]).sum(dim=0)
        backward = 1 - (directions[:, to_image] * style_directions).sum(dim=0)
        loss = (forward.mean() + backward.mean()) / 2
        if self.params.moments:
            means = vectors.mean(dim=1).square().mean()
            deviations = (_deviation(vectors) - _deviation(style)).square().mean()
            loss = loss + self.params.moments * (means + deviations)
        return loss


def neighbors(vectors: Tensor, others: Tensor, entries: int) -> tuple[Tensor, Tensor]:
    """Return for unit vectors (C, N) the indices (N,) of their nearest others (C, M), and back.

    The second result (M,) has the index of the nearest vector for each of the others.

    Args:
        entries: most values of the N x M similarities in memory at once; at least one row is.
    """
    count, size = vectors.shape[1], others.shape[1]
    rows = max(1, entries // size)
    nearest = torch.empty(count, dtype=torch.long, device=vectors.device)
    best = vectors.new_full((size,), -torch.inf)
    nearest_back = torch.zeros(size, dtype=torch.long, device=vectors.device)
    for start in range(0, count, rows):
        part = vectors[:, start : start + rows]
        # Computed twice, once for each direction: the maximum of each column would be far slower
        # than that of each row.
        nearest[start : start + rows] = (part.T @ others).max(dim=1).indices
        highest, where = (others.T @ part).max(dim=1)
        better = highest > best
        best = torch.where(better, highest, best)
        nearest_back = torch.where(better, where + start, nearest_back)
    return nearest, nearest_back


def spread(vectors: Tensor, limit: float) -> Tensor:
    """Return at most `limit` (at least one) of vectors (C, N), spread over the image."""
    count, selected = vectors.shape[1], max(1, round(limit))
    if count <= selected:
        return vectors
    # Multiples of the golden ratio: even distances would hit the same few columns of the image.
    fractions = torch.arange(selected, dtype=torch.float64).mul_(_GOLDEN).frac_()
    return vectors[:, (fractions * count).long().to(vectors.device)]


def _deviation(vectors: Tensor) -> Tensor:
    """Return the deviation of each row; its gradient is bounded where a row does not vary."""
    return (vectors.var(dim=1, correction=0) + _MIN_LENGTH**2).sqrt()
