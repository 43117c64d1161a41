"""Cut-outs: images that are transparent in parts, whose hidden pixels must not affect style."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt

from stylekit.errors import InputError
from stylekit.images.frames import Frame

VISIBLE = 0.5
"""Opacity from which a pixel counts as visible."""


def filled(frame: Frame) -> Frame:
    """Fill the hidden pixels of a style image with visible ones, mirrored at the edge.

    A hidden pixel takes the visible pixel at the same distance on the other side of the nearest
    edge, or else the one at the edge. So textures continue, and no statistic depends on hidden
    pixels. The result has no alpha. A frame without hidden pixels is returned as it is.

    Raises:
        InputError: no pixel is visible.
    """
    if frame.alpha is None or frame.alpha.min() >= VISIBLE:
        return frame
    visible = (frame.alpha >= VISIBLE).numpy()
    if not visible.any():
        raise InputError(f"Nothing of the style image {frame.origin} is visible.")
    rows, columns = distance_transform_edt(~visible, return_distances=False, return_indices=True)
    height, width = visible.shape
    y, x = np.ogrid[:height, :width]
    far_rows, far_columns = 2 * rows - y, 2 * columns - x
    inside = (far_rows >= 0) & (far_rows < height) & (far_columns >= 0) & (far_columns < width)
    inside[inside] = visible[far_rows[inside], far_columns[inside]]
    rows = np.where(inside, far_rows, rows)
    columns = np.where(inside, far_columns, columns)
    pixels = frame.pixels[:, torch.from_numpy(rows), torch.from_numpy(columns)]
    return replace(frame, pixels=pixels.contiguous(), alpha=None)
