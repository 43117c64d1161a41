"""Statistics of style images: cached, because all images of a batch share them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from stylekit.images.frames import Frame

Statistics = Mapping[str, Tensor]
"""By layer, the result of the style loss's `measure`."""


class StyleTarget:
    """One style image at one size."""

    def __init__(self, frame: Frame, width: int, height: int, device: torch.device) -> None:
        # Not the original image, which may be much larger.
        self._pixels = frame.resized(width, height).pixels
        self._device = device
        self._cached: dict[frozenset[str], Statistics] = {}

    def statistics(
        self, layers: Collection[str], measure: Callable[[Tensor], Statistics]
    ) -> Statistics:
        """Return `measure` of the image (1, 3, h, w), computed once for each set of layers.

        Every caller must pass the same backbone's and loss's `measure`: it is no part of the key.
        """
        key = frozenset(layers)
        if key not in self._cached:
            self._cached[key] = measure(self._pixels[None].to(self._device))
        return self._cached[key]


class StyleTargetCache:
    """Keeps the target of each style image as long as the image itself exists."""

    def __init__(self) -> None:
        self._targets: WeakKeyDictionary[Frame, dict[object, StyleTarget]] = WeakKeyDictionary()

    def get(self, frame: Frame, width: int, height: int, device: torch.device) -> StyleTarget:
        """Return the cached target of an image at a size, or a new one."""
        targets = self._targets.setdefault(frame, {})
        key = (width, height, device)
        if key not in targets:
            targets[key] = StyleTarget(frame, width, height, device)
        return targets[key]
