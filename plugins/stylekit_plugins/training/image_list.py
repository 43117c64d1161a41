"""Many pictures, read when they are asked for."""

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
"""Decoded pictures that are kept, in bytes."""

MOST_BAD = 0.1
"""The part of the pictures, but one at least, that may be bad; beyond it something is wrong."""

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


class Pictures(Sequence[Frame]):
    """Pictures by number. One that cannot be read is told of once, and another stands in for it.

    Args:
        sources: where they are.
        read: reads one.
        mask_of: returns the mask of a source, which becomes the frame's alpha; None: no masks.

    Raises:
        InputError: there are none; later, more than `MOST_BAD` are bad.
    """

    def __init__(
        self,
        sources: Sequence[str],
        read: Callable[[str], Frame],
        mask_of: Callable[[str, Frame], Frame] | None = None,
    ) -> None:
        if not sources:
            raise InputError("There are no pictures to train on.")
        self.sources = list(sources)
        self._read = read
        self._mask_of = mask_of
        self._kept: dict[int, Pixels] = {}
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
        raise InputError("None of the pictures to train on can be read.")

    def _frame(self, number: int) -> Frame | None:
        if number in self._bad:
            return None
        source = self.sources[number]
        kept = self._kept.get(number)
        if kept is not None:
            return Frame.from_array(kept, source)
        try:
            frame = self._read(source)
            masked = None if self._mask_of is None else self._mask_of(source, frame)
        except InputError as error:
            self._bad.add(number)
            _log.warning(f"{error.message} It is left out.")
            if len(self._bad) > max(1, MOST_BAD * len(self)):
                raise InputError(
                    f"{len(self._bad)} of {len(self)} pictures to train on are bad, the last of "
                    f"them {source}.",
                    f"Up to {MOST_BAD:.0%} are left out. Mend or remove those that were named.",
                ) from error
            return None
        # Transparency is no mask, unless it was named as one.
        pixels = (masked or replace(frame, alpha=None)).to_array()
        if self._bytes + pixels.nbytes <= CACHE_BYTES:
            self._kept[number] = pixels
            self._bytes += pixels.nbytes
        # Always from 8 bits: whether a picture is kept must not change the numbers.
        return Frame.from_array(pixels, source)
