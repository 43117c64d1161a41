"""The object in a box, by OpenCV's GrabCut (Rother, Kolmogorov and Blake 2004)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import binary_fill_holes
from torch import Tensor

from stylekit.errors import InputError
from stylekit.images.frames import Frame, resize
from stylekit_plugins.regions.lengths import Notation, rectangle
from stylekit_plugins.regions.matte import refine_edge
from stylekit_plugins.regions.params import GrabCutParams

Labels = NDArray[np.uint8]

NOTATION = Notation("grabcut", "x,y,w,h", "grabcut:10%,5%,80%,90%")

_SEED = 0
"""Seed of OpenCV's global generator, which draws the first cluster centers."""

_MARGIN_FACTOR = 0.5
"""Width of the background around the box, relative to the long side of the box."""

_EDGE_FRACTION = 0.01
"""Distance of a box from the border, relative to the side of the image, below which the object may
extend to the border: the strip between them is only probable background."""

_MIN_SIDE = 8
"""Minimum side of a box, in pixels."""

_GAP_FRACTION = 0.01
"""Gaps in an outline that are closed before holes are filled, relative to the long side."""


@dataclass(frozen=True)
class _Box:
    """A box in whole pixels; right and bottom are exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def long_side(self) -> int:
        return max(self.right - self.left, self.bottom - self.top)

    @property
    def area(self) -> tuple[slice, slice]:
        """The slices of rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def relative_to(self, other: _Box, scale_x: float = 1, scale_y: float = 1) -> _Box:
        """Return the box in the scaled coordinates of another one; it stays non-empty."""
        return _Box(
            floor((self.left - other.left) * scale_x),
            floor((self.top - other.top) * scale_y),
            ceil((self.right - other.left) * scale_x),
            ceil((self.bottom - other.top) * scale_y),
        )


class GrabCut:
    """The object in the box `x,y,w,h`.

    Mixtures of Gaussians model the colors of the object and of the background, and a minimum cut
    separates them, in turn. Then small components are dropped, holes are filled and the edge is
    refined in the full image.

    The same image, box and parameters give the same mask: the random generator of OpenCV in the
    calling thread is seeded before each segmentation.

    Args:
        params: of the segmentation.
    """

    def __init__(self, params: GrabCutParams) -> None:
        self._params = params

    def mask(self, source: str, image: Frame, read: Callable[[str], Frame]) -> Tensor:
        """Return the object, (H, W) in [0, 1]: 0 everywhere outside the box.

        Raises:
            UsageError: the source is not four numbers, or its width or height is negative.
            InputError: the box lies outside the image, is tiny, leaves no background around it, or
                contains no object.
        """
        box = _clip_box(rectangle(source, NOTATION, image.width, image.height), source, image)
        window = _add_margin(box, image)
        pixels = image.pixels[(slice(None), *window.area)]
        height, width = pixels.shape[1:]
        scale = min(1.0, self._params.working_size / window.long_side)
        size = [max(1, round(side * scale)) for side in (width, height)]
        small = resize(pixels[None], *size)[0].clamp(0, 1)
        inner = box.relative_to(window, small.shape[2] / width, small.shape[1] / height)
        labels = _initial_labels(small.shape[1:], inner, _open_sides(box, image))
        if not (labels == cv2.GC_BGD).any():
            raise InputError(
                f"Region 'grabcut:{source}': the box leaves no background of {image.origin} "
                f"({image.width} x {image.height} pixels).",
                f"Leave some on at least one side, for example {NOTATION.example}.",
            )
        object_mask = self._segment(small, labels)
        if not object_mask[inner.area].any():
            raise InputError(
                f"Region 'grabcut:{source}': no object was found in that box of {image.origin}.",
                "Draw it around the whole object with a little background on each side, or use "
                "polygon: or a mask image.",
            )
        matte = refine_edge(self._clean(object_mask), small, pixels)
        mask = torch.zeros(image.height, image.width)
        mask[box.area] = matte[box.relative_to(window).area]
        return mask

    def _segment(self, small: Tensor, labels: Labels) -> NDArray[np.bool_]:
        """Return the object mask (h, w) of an image (3, h, w)."""
        image = np.ascontiguousarray(small.mul(255).round().byte().permute(1, 2, 0).numpy())
        models = np.zeros((2, 1, 65))
        cv2.setRNGSeed(_SEED)
        # OpenCV changes the labels in place and ignores the rectangle in this mode.
        cv2.grabCut(
            image,
            labels,
            (0, 0, 0, 0),
            models[0],
            models[1],
            self._params.iterations,
            cv2.GC_INIT_WITH_MASK,
        )
        object_mask: NDArray[np.bool_] = labels == cv2.GC_PR_FGD
        return object_mask

    def _clean(self, object_mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Remove specks and fill holes."""
        _, components, statistics, _ = cv2.connectedComponentsWithStats(
            object_mask.astype(np.uint8), connectivity=4
        )
        areas = statistics[:, cv2.CC_STAT_AREA]
        areas[0] = 0  # The first component is the background.
        min_area = self._params.smallest_part * np.max(areas)
        large_parts: NDArray[np.bool_] = (areas >= min_area)[components] & object_mask
        return _fill_holes(large_parts) if self._params.fill_holes else large_parts


def _initial_labels(shape: Sequence[int], box: _Box, open_sides: Sequence[bool]) -> Labels:
    """Return the initial labels (h, w): probable object in the box, background elsewhere."""
    labels: Labels = np.full(shape, cv2.GC_BGD, np.uint8)
    beside = (
        labels[:, : box.left],
        labels[: box.top],
        labels[:, box.right :],
        labels[box.bottom :],
    )
    for strip, is_open in zip(beside, open_sides, strict=True):
        if is_open:
            strip[:] = cv2.GC_PR_BGD
    labels[box.area] = cv2.GC_PR_FGD
    return labels


def _fill_holes(object_mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill enclosed areas, also where the outline has a small gap."""
    radius = max(1, round(_GAP_FRACTION * max(object_mask.shape)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    # Without a border, closing would connect the object with the border of the image.
    padded = np.pad(object_mask, radius).astype(np.uint8)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, disc)[radius:-radius, radius:-radius] > 0
    filled: NDArray[Any] = binary_fill_holes(closed)
    holes = filled & ~closed
    # Closed gaps count only beside a hole: elsewhere they would blunt the outline.
    around = cv2.dilate(holes.astype(np.uint8), disc) > 0
    return object_mask | (filled & around)


def _clip_box(edges: tuple[float, float, float, float], source: str, image: Frame) -> _Box:
    """Return the part of a box inside the image, in whole pixels."""
    left, top, right, bottom = edges
    box = _Box(
        max(0, floor(left)),
        max(0, floor(top)),
        min(image.width, ceil(right)),
        min(image.height, ceil(bottom)),
    )
    size = f"{image.width} x {image.height} pixels"
    if box.right <= box.left or box.bottom <= box.top:
        raise InputError(
            f"Region 'grabcut:{source}': the box lies outside {image.origin} ({size}).",
            f"Draw it around an object, for example {NOTATION.example}.",
        )
    if min(box.right - box.left, box.bottom - box.top) < _MIN_SIDE:
        raise InputError(
            f"Region 'grabcut:{source}': only {box.right - box.left} x {box.bottom - box.top} "
            f"pixels of the box lie in {image.origin} ({size}).",
            f"Draw a box of at least {_MIN_SIDE} x {_MIN_SIDE} pixels inside it.",
        )
    return box


def _add_margin(box: _Box, image: Frame) -> _Box:
    """Return the box with its background."""
    margin = ceil(_MARGIN_FACTOR * box.long_side)
    return _Box(
        max(0, box.left - margin),
        max(0, box.top - margin),
        min(image.width, box.right + margin),
        min(image.height, box.bottom + margin),
    )


def _open_sides(box: _Box, image: Frame) -> tuple[bool, bool, bool, bool]:
    """Return at which sides (left, top, right, bottom) the object may extend beyond the image.

    At none, if no certain background would remain.
    """
    x, y = _EDGE_FRACTION * image.width, _EDGE_FRACTION * image.height
    near = (
        box.left <= x,
        box.top <= y,
        image.width - box.right <= x,
        image.height - box.bottom <= y,
    )
    return (False, False, False, False) if all(near) else near
