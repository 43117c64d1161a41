"""A cache of statistics of style images, for all results of one size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from stylekit.images.frames import Frame

T = TypeVar("T")


class StyleCache(Generic[T]):
    """Statistics of style images by the long side of the result, dropped with the image."""

    def __init__(self) -> None:
        self._by_style: WeakKeyDictionary[Frame, dict[int, T]] = WeakKeyDictionary()

    def get(self, style: Frame, result: Frame, compute: Callable[[], T]) -> T:
        """Return the statistics of a style beside a result of this size; compute them once."""
        by_size = self._by_style.setdefault(style, {})
        long_side = max(result.width, result.height)
        if long_side not in by_size:
            by_size[long_side] = compute()
        return by_size[long_side]
