"""ArtFID: content and style in one figure.

M. Wright, B. Ommer: "ArtFID: Quantitative Evaluation of Neural Style Transfer" (GCPR 2022):

    ArtFID = (1 + mean LPIPS of results and contents) * (1 + FID of results and styles)

Its authors' FID is on an Inception network trained on art, and their figures are of 50 000 pairs.
This one is on VGG-19 (see `features`), and biased upwards for few pictures: compare it among the
methods of one table, with equally many pictures, and never with published figures.
"""

from __future__ import annotations

from stylekit.evaluation.evaluator import Sets
from stylekit.images.frames import Clip
from stylekit_plugins.metrics.fid import FrechetDistance
from stylekit_plugins.metrics.perceptual import Lpips


class ArtFid:
    """Measures all results together."""

    def __init__(self, params: object) -> None:
        self._content = Lpips(None)
        self._style = FrechetDistance(None)

    def evaluate_sets(self, sets: Sets) -> float:
        """Return the product; 1: neither content nor style is lost."""
        self._content.prepare(sets.weights, sets.device)
        distances = [
            self._content.evaluate(Clip((made,)), Clip((content,)), ())
            for made, content in zip(sets.results, sets.contents, strict=True)
        ]
        lost = sum(distances) / len(distances)
        return (1 + lost) * (1 + self._style.evaluate_sets(sets))
