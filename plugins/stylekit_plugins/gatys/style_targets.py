"""What is measured of style pictures: kept, because the pictures of a batch share it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

from stylekit.images.frames import Frame

Measured = Mapping[str, Tensor]


class StyleTarget:
    """One style picture at one size."""

    def __init__(self, frame: Frame, width: int, height: int, device: torch.device) -> None:
        # Not the picture itself, which may be much larger.
        self._pixels = frame.resized(width, height).pixels
        self._device = device
        self._measured: dict[frozenset[str], Measured] = {}

    def measured(self, layers: Collection[str], measure: Callable[[Tensor], Measured]) -> Measured:
        """Return what `measure` finds in the picture (1, 3, h, w), by layer; measured once."""
        key = frozenset(layers)
        if key not in self._measured:
            self._measured[key] = measure(self._pixels[None].to(self._device))
        return self._measured[key]


class StyleTargets:
    """Makes the target of a style picture, or finds the one it made; forgotten with the picture."""

    def __init__(self) -> None:
        self._made: WeakKeyDictionary[Frame, dict[object, StyleTarget]] = WeakKeyDictionary()

    def __call__(self, frame: Frame, width: int, height: int, device: torch.device) -> StyleTarget:
        """Return the target of a picture at a size."""
        of_frame = self._made.setdefault(frame, {})
        key = (width, height, device)
        if key not in of_frame:
            of_frame[key] = StyleTarget(frame, width, height, device)
        return of_frame[key]
