"""The object in a box, by GrabCut (Rother, Kolmogorov and Blake 2004) as OpenCV has it."""

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
from stylekit_plugins.regions.matte import refined
from stylekit_plugins.regions.params import GrabCutParams

Labels = NDArray[np.uint8]

NOTATION = Notation("grabcut", "x,y,w,h", "grabcut:10%,5%,80%,90%")

_SEED = 0
"""OpenCV draws the first cluster centers at random, from a generator that all its functions share.
"""

_MARGIN = 0.5
"""How far around the box the background is learned, in long sides of the box."""

_STRIP = 0.01
"""Beside a box that ends this near to the picture's edge (a part of its side), the object may well
go on to the edge: the strip between them is taken for background only until shown otherwise."""

_LEAST = 8
"""Sides of the smallest box, in pixels."""

_GAP = 0.01
"""Openings in an outline that are closed before holes are filled, a part of the long side."""


@dataclass(frozen=True)
class _Box:
    """Whole pixels, right and bottom excluded."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def long_side(self) -> int:
        return max(self.right - self.left, self.bottom - self.top)

    @property
    def area(self) -> tuple[slice, slice]:
        """Its rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def within(self, other: _Box, scale_x: float = 1, scale_y: float = 1) -> _Box:
        """Return it as seen from another box that is scaled; it does not vanish."""
        return _Box(
            floor((self.left - other.left) * scale_x),
            floor((self.top - other.top) * scale_y),
            ceil((self.right - other.left) * scale_x),
            ceil((self.bottom - other.top) * scale_y),
        )


class GrabCut:
    """The object in the box `x,y,w,h`.

    Colors of the object and of what surrounds the box are learned in turn, as mixtures of
    Gaussians, and a minimal cut separates them. Then small pieces are dropped, holes filled and the
    edge is found in the full picture.

    The same picture, box and parameters give the same mask: OpenCV's random generator is seeded
    before each cut (of the calling thread, which keeps that seed).

    Args:
        params: how it is done.
    """

    def __init__(self, params: GrabCutParams) -> None:
        self._params = params

    def mask(self, source: str, image: Frame, read: Callable[[str], Frame]) -> Tensor:
        """Return the object, (H, W) in [0, 1]: 0 everywhere outside the box.

        Raises:
            UsageError: it is not four numbers, or has a negative width or height.
            InputError: the box lies outside the picture, is tiny, leaves no background around it,
                or has no object in it.
        """
        box = _usable(rectangle(source, NOTATION, image.width, image.height), source, image)
        window = _surroundings(box, image)
        pixels = image.pixels[(slice(None), *window.area)]
        height, width = pixels.shape[1:]
        scale = min(1.0, self._params.working_size / window.long_side)
        size = [max(1, round(side * scale)) for side in (width, height)]
        small = resize(pixels[None], *size)[0].clamp(0, 1)
        inner = box.within(window, small.shape[2] / width, small.shape[1] / height)
        labels = _labels(small.shape[1:], inner, _open_sides(box, image))
        if not (labels == cv2.GC_BGD).any():
            raise InputError(
                f"Region 'grabcut:{source}': the box leaves no background of {image.origin} "
                f"({image.width} x {image.height} pixels) to tell an object from.",
                f"Leave some on one side at least, for example {NOTATION.example}.",
            )
        found = self._cut(small, labels)
        if not found[inner.area].any():
            raise InputError(
                f"Region 'grabcut:{source}': no object is found in that box of {image.origin}.",
                "Draw it around the whole object with a little background on each side, or draw "
                "the area itself: polygon: or a mask picture.",
            )
        matte = refined(self._whole(found), small, pixels)
        mask = torch.zeros(image.height, image.width)
        mask[box.area] = matte[box.within(window).area]
        return mask

    def _cut(self, small: Tensor, labels: Labels) -> NDArray[np.bool_]:
        """Return the object that GrabCut finds in a picture (3, h, w): (h, w)."""
        image = np.ascontiguousarray(small.mul(255).round().byte().permute(1, 2, 0).numpy())
        models = np.zeros((2, 1, 65))
        cv2.setRNGSeed(_SEED)
        # It changes the labels in place; the rectangle is not looked at in this mode.
        cv2.grabCut(
            image,
            labels,
            (0, 0, 0, 0),
            models[0],
            models[1],
            self._params.iterations,
            cv2.GC_INIT_WITH_MASK,
        )
        found: NDArray[np.bool_] = labels == cv2.GC_PR_FGD
        return found

    def _whole(self, found: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return the object without specks and holes."""
        _, parts, statistics, _ = cv2.connectedComponentsWithStats(
            found.astype(np.uint8), connectivity=4
        )
        areas = statistics[:, cv2.CC_STAT_AREA]
        areas[0] = 0  # The first part is the background.
        least = self._params.smallest_part * np.max(areas)
        kept: NDArray[np.bool_] = (areas >= least)[parts] & found
        return _without_holes(kept) if self._params.fill_holes else kept


def _labels(shape: Sequence[int], box: _Box, open_sides: Sequence[bool]) -> Labels:
    """Return what GrabCut starts from, (h, w): the object may be in the box, and nowhere else."""
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


def _without_holes(found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill what the object encloses, also where its outline has a small gap."""
    radius = max(1, round(_GAP * max(found.shape)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    # With a border, or the closing would glue the object to the edge of the picture.
    padded = np.pad(found, radius).astype(np.uint8)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, disc)[radius:-radius, radius:-radius] > 0
    filled: NDArray[Any] = binary_fill_holes(closed)
    holes = filled & ~closed
    # What the closing covered counts only beside a hole: elsewhere it would blunt the outline.
    around = cv2.dilate(holes.astype(np.uint8), disc) > 0
    return found | (filled & around)


def _usable(edges: tuple[float, float, float, float], source: str, image: Frame) -> _Box:
    """Return the part of a box that lies in the picture, in whole pixels."""
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
    if min(box.right - box.left, box.bottom - box.top) < _LEAST:
        raise InputError(
            f"Region 'grabcut:{source}': only {box.right - box.left} x {box.bottom - box.top} "
            f"pixels of the box lie in {image.origin} ({size}).",
            f"An object needs {_LEAST} x {_LEAST} at least.",
        )
    return box


def _surroundings(box: _Box, image: Frame) -> _Box:
    """Return the part of the picture that is looked at."""
    margin = ceil(_MARGIN * box.long_side)
    return _Box(
        max(0, box.left - margin),
        max(0, box.top - margin),
        min(image.width, box.right + margin),
        min(image.height, box.bottom + margin),
    )


def _open_sides(box: _Box, image: Frame) -> tuple[bool, bool, bool, bool]:
    """Tell at which sides (left, top, right, bottom) the object may leave the picture.

    At none, if nothing sure would be left of the background.
    """
    x, y = _STRIP * image.width, _STRIP * image.height
    near = (
        box.left <= x,
        box.top <= y,
        image.width - box.right <= x,
        image.height - box.bottom <= y,
    )
    return (False, False, False, False) if all(near) else near
