"""What is measured of style pictures: kept, because the pictures of a batch share it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache

import torch
from torch import Tensor

from stylekit.frames import Frame

Measured = Mapping[str, Tensor]

_KEPT_TARGETS = 64


class StyleTarget:
    """One style picture at one size."""

    def __init__(self, frame: Frame, width: int, height: int, device: torch.device) -> None:
        self._frame = frame
        self._size = (width, height)
        self._device = device
        self._measured: dict[frozenset[str], Measured] = {}

    def measured(self, layers: Collection[str], measure: Callable[[Tensor], Measured]) -> Measured:
        """Return what `measure` finds in the picture (1, 3, h, w), by layer; measured once."""
        key = frozenset(layers)
        if key not in self._measured:
            pixels = self._frame.resized(*self._size).pixels[None].to(self._device)
            self._measured[key] = measure(pixels)
        return self._measured[key]


def keeping_targets() -> Callable[[Frame, int, int, torch.device], StyleTarget]:
    """Return a function that makes the target of a style picture, or finds the one it made."""
    return lru_cache(maxsize=_KEPT_TARGETS)(StyleTarget)
