"""What was measured of a style picture, kept for all results of one size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from stylekit.images.frames import Frame

T = TypeVar("T")


class OfStyles(Generic[T]):
    """Measurements of style pictures by the long side of the result; forgotten with the picture."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[Frame, dict[int, T]] = WeakKeyDictionary()

    def get(self, style: Frame, result: Frame, measure: Callable[[], T]) -> T:
        """Return what is known of a style beside a result of this size, or measure it."""
        by_size = self._kept.setdefault(style, {})
        long_side = max(result.width, result.height)
        if long_side not in by_size:
            by_size[long_side] = measure()
        return by_size[long_side]
