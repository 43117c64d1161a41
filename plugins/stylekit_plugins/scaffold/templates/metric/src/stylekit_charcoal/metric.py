"""How well a result keeps the edges of its content: the correlation of their strength.

1: all edges keep their places and relative strength; 0: the edges are unrelated.
"""

from __future__ import annotations

import torch
from stylekit import Clip, Frame, Style
from torch import Tensor
from torch.nn import functional as F


class CharcoalMetric:
    """Scores one result, at its own size."""

    def __init__(self, params: object) -> None:
        pass

    def score_pair(self, result: Clip, content: Clip, styles: tuple[Style, ...]) -> float:
        """Return the correlation of the first frames, from -1 to 1; 0 if one has no edges."""
        image = result.image
        original = content.image.resized(image.width, image.height)
        both = torch.stack([edges(frame).flatten() for frame in (image, original)]).double()
        both = both - both.mean(dim=1, keepdim=True)
        lengths = both.norm(dim=1)
        if float(lengths.min()) < 1e-9:
            return 0.0
        return float(both[0] @ both[1] / lengths.prod())


def edges(frame: Frame) -> Tensor:
    """Return the strength of the edges, (H, W), by Sobel's kernels on the mean of the colors."""
    across = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8
    kernels = torch.stack((across, across.T))[:, None]
    padded = F.pad(frame.pixels.mean(dim=0)[None, None], (1, 1, 1, 1), mode="replicate")
    strength: Tensor = F.conv2d(padded, kernels)[0].norm(dim=0)
    return strength
