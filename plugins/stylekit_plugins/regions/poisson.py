"""Blending by gradients.

P. Perez, M. Gangnet, A. Blake: "Poisson Image Editing" (SIGGRAPH 2003), as OpenCV solves it, in 8
bits. What is put in keeps its gradients and takes the colors of what is around it: no edge is
seen, but its colors shift. Where the mask is soft, the blend fades into the content.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

MARGIN = 2
"""Pixels that are continued around the pictures: the solver leaves the outermost ones alone."""

LEAST = 3
"""Sides of the smallest area that the solver takes; a smaller one has no inside to solve for."""


class Poisson:
    """Blends gradients."""

    def __init__(self, params: object) -> None:
        pass

    def blend(self, content: Tensor, result: Tensor, mask: Tensor) -> Tensor:
        """Return the blend; see `stylekit.protocols.Blend.blend`."""
        if not mask.any():
            # A small area, at the size of a much smaller result.
            return content
        inside = np.pad((mask > 0).cpu().numpy().astype(np.uint8) * 255, MARGIN)
        rows, columns = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
        # Where OpenCV puts the middle of the mask's bounding box.
        left, top = int(columns[0]), int(rows[0])
        width, height = int(columns[-1]) - left + 1, int(rows[-1]) - top + 1
        if min(width, height) < LEAST:
            return torch.lerp(content, result, mask)
        middle = (left + width // 2, top + height // 2)
        cloned = cv2.seamlessClone(
            _bytes(result), _bytes(content), inside, middle, cv2.NORMAL_CLONE
        )
        cloned = cloned[MARGIN:-MARGIN, MARGIN:-MARGIN].astype(np.float32) / 255
        pixels = torch.from_numpy(np.ascontiguousarray(cloned.transpose(2, 0, 1)))
        return torch.lerp(content, pixels, mask)


def _bytes(image: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return (H, W, 3) as 8 bits, its borders continued."""
    values = image.mul(255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).cpu().numpy()
    return np.pad(values, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), mode="edge")
