"""ArtFID: content and style in one score.

M. Wright, B. Ommer: "ArtFID: Quantitative Evaluation of Neural Style Transfer" (GCPR 2022):

    ArtFID = (1 + mean LPIPS of results and contents) * (1 + FID of results and styles)

Its authors' FID is on an Inception network trained on art, over 50,000 pairs. This one is on VGG-19
(see `features`), and biased upwards for few images: compare it among the methods of one table, with
equally many images, and never with published values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from stylekit.images.frames import Clip, Frame
from stylekit.protocols import LoadedWeights
from stylekit_plugins.metrics.fid import FrechetDistance
from stylekit_plugins.metrics.perceptual import Lpips


class ArtFid:
    """Scores all results together against their contents and the style images."""

    def __init__(self, params: object) -> None:
        self._content = Lpips(None)
        self._style = FrechetDistance(None)

    def prepare(self, weights: Callable[[str], LoadedWeights], device: torch.device) -> None:
        """Load AlexNet and VGG-19."""
        self._content.prepare(weights, device)
        self._style.prepare(weights, device)

    def score_sets(
        self, results: Sequence[Frame], contents: Sequence[Frame], styles: Sequence[Frame]
    ) -> float:
        """Return the product; 1: neither content nor style is lost."""
        distances = [
            self._content.score_pair(Clip((result,)), Clip((content,)), ())
            for result, content in zip(results, contents, strict=True)
        ]
        lost = sum(distances) / len(distances)
        return (1 + lost) * (1 + self._style.score_sets(results, contents, styles))
