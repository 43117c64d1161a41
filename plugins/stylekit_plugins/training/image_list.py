"""A list of images that are read on demand."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, overload

import numpy as np

from stylekit.errors import InputError
from stylekit.images.frames import Frame

_log = logging.getLogger(f"stylekit.{__name__}")

CACHE_BYTES = 1 << 30
"""Size of the cache of decoded images, in bytes."""

MAX_BAD = 0.1
"""Fraction of the images, but at least one image, that may be unreadable."""

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


class ImageList(Sequence[Frame]):
    """Images by number. An unreadable one is replaced by the next, with one warning.

    Args:
        sources: of the images.
        read: reads a source.
        mask_of: returns the mask of a source, which becomes the frame's alpha; None: no masks.

    Raises:
        InputError: `sources` is empty; later, more than `MAX_BAD` are unreadable.
    """

    def __init__(
        self,
        sources: Sequence[str],
        read: Callable[[str], Frame],
        mask_of: Callable[[str, Frame], Frame] | None = None,
    ) -> None:
        if not sources:
            raise InputError("There are no images to train on.")
        self.sources = list(sources)
        self._read = read
        self._mask_of = mask_of
        self._cache: dict[int, Pixels] = {}
        self._bytes = 0
        self._bad: set[int] = set()

    def __len__(self) -> int:
        return len(self.sources)

    @overload
    def __getitem__(self, index: int) -> Frame: ...

    @overload
    def __getitem__(self, index: slice) -> list[Frame]: ...

    def __getitem__(self, index: int | slice) -> Frame | list[Frame]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        for number in (*range(index, len(self)), *range(index)):
            frame = self._frame(number)
            if frame is not None:
                return frame
        raise InputError("None of the images to train on can be read.")

    def _frame(self, number: int) -> Frame | None:
        if number in self._bad:
            return None
        source = self.sources[number]
        cached = self._cache.get(number)
        if cached is not None:
            return Frame.from_array(cached, source)
        try:
            frame = self._read(source)
            masked = None if self._mask_of is None else self._mask_of(source, frame)
        except InputError as error:
            self._bad.add(number)
            _log.warning(f"{error.message} It is skipped.")
            if len(self._bad) > max(1, MAX_BAD * len(self)):
                raise InputError(
                    f"{len(self._bad)} of {len(self)} images to train on are unusable, the last of "
                    f"them {source}.",
                    f"Up to {MAX_BAD:.0%} are skipped. Repair or remove those in the warnings.",
                ) from error
            return None
        # Transparency does not count as a mask.
        pixels = (masked or replace(frame, alpha=None)).to_array()
        if self._bytes + pixels.nbytes <= CACHE_BYTES:
            self._cache[number] = pixels
            self._bytes += pixels.nbytes
        # From 8 bits also at the first read, so that the cache does not change the numbers.
        return Frame.from_array(pixels, source)
