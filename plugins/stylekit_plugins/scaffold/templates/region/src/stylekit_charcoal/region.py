"""What is dark: pixels below a threshold of lightness."""

from __future__ import annotations

from collections.abc import Callable

import torch
from stylekit import Frame
from stylekit.errors import UsageError
from torch import Tensor

SOFTNESS = 0.02
"""Lightness over which the mask passes from inside to outside."""


class CharcoalRegion:
    """Finds it."""

    def __init__(self, params: object) -> None:
        pass

    def mask(self, source: str, image: Frame, read: Callable[[str], Frame]) -> Tensor:
        """Return the mask (H, W) in [0, 1] of what is darker than `source`, a percentage.

        Raises:
            UsageError: it is none.
        """
        try:
            threshold = float(source.removesuffix("%")) / 100
        except ValueError:
            threshold = -1.0
        if not 0 <= threshold <= 1:
            raise UsageError(
                f"'{source}' is no lightness.",
                "Write a percentage of white, from 0% to 100%: charcoal:40%.",
            )
        weights = torch.tensor([0.2126, 0.7152, 0.0722], device=image.pixels.device)
        lightness = (image.pixels * weights.view(3, 1, 1)).sum(dim=0)
        return ((threshold - lightness) / SOFTNESS + 0.5).clamp(0, 1)
