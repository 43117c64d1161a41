"""Gradient-domain blending.

P. Perez, M. Gangnet, A. Blake: "Poisson Image Editing" (SIGGRAPH 2003), OpenCV's solver, in 8
bits. The result keeps its gradients and takes its colors from the surroundings: no edge is visible,
but colors shift. Where the mask is soft, the blend fades into the content.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

MARGIN = 2
"""Pixels of padding around the images, because the solver ignores the outermost ones."""

MIN_SIDE = 3
"""Minimum side of an area for the solver; a smaller one has no interior."""


class Poisson:
    """Blends gradients inside the mask."""

    def __init__(self, params: object) -> None:
        pass

    def blend(self, content: Tensor, result: Tensor, mask: Tensor) -> Tensor:
        """Return the blend; see `stylekit.protocols.Blend.blend`."""
        if not mask.any():
            # A small area can vanish at the size of a much smaller result.
            return content
        inside_mask = np.pad((mask > 0).cpu().numpy().astype(np.uint8) * 255, MARGIN)
        rows, columns = (np.flatnonzero(inside_mask.any(axis=axis)) for axis in (1, 0))
        # OpenCV moves the center of the mask's bounding box to this point.
        left, top = int(columns[0]), int(rows[0])
        width, height = int(columns[-1]) - left + 1, int(rows[-1]) - top + 1
        if min(width, height) < MIN_SIDE:
            return torch.lerp(content, result, mask)
        middle = (left + width // 2, top + height // 2)
        cloned = cv2.seamlessClone(
            _to_padded_bytes(result),
            _to_padded_bytes(content),
            inside_mask,
            middle,
            cv2.NORMAL_CLONE,
        )
        cloned = cloned[MARGIN:-MARGIN, MARGIN:-MARGIN].astype(np.float32) / 255
        pixels = torch.from_numpy(np.ascontiguousarray(cloned.transpose(2, 0, 1)))
        return torch.lerp(content, pixels, mask)


def _to_padded_bytes(image: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return 8-bit values (H, W, 3) with replicated borders."""
    values = image.mul(255).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).cpu().numpy()
    return np.pad(values, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), mode="edge")
