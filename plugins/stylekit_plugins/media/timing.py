"""Timestamps that increase from 0, whatever a file says: missing, repeated, going back, anew."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby, pairwise

_BACK, _BACK_BROADCAST = Fraction(2), Fraction(1, 10)
"""Seconds by which decoding may go back: more is a part of a file that begins anew."""

_GAP = Fraction(10)
"""Seconds that a broadcast may be silent: more is a part of a file that begins anew."""

_TICKS = 90_000
"""Units in a second, at least, where timestamps have to be put between others."""


class Parts:
    """Numbers the parts of a stream whose timestamps begin anew, as in files that were joined.

    Args:
        time_base: seconds of one unit of time.
        broadcast: the container allows such jumps, forwards as well.
    """

    def __init__(self, time_base: Fraction, broadcast: bool) -> None:
        self._back = (_BACK_BROADCAST if broadcast else _BACK) / time_base
        self._gap = _GAP / time_base if broadcast else math.inf
        self._latest: int | None = None
        self._number = 0

    def number(self, dts: int | None) -> int:
        """Return the number of the part that the next packet belongs to, from 0."""
        if dts is None:
            return self._number
        if self._latest is not None and not -self._back <= dts - self._latest <= self._gap:
            self._number += 1
        self._latest = dts
        return self._number


def increasing(
    stamps: Sequence[tuple[int, int | None]], usual: Fraction
) -> tuple[list[Fraction], list[Fraction]]:
    """Return a timestamp for each frame, and how far each part was moved.

    Within a part, timestamps are sorted, as files that lack them often have those of another
    order; those that are missing or repeated are put evenly between their neighbors. Each part
    follows upon the one before it.

    Args:
        stamps: of each frame its part and the file's timestamp, in units of the file.
        usual: how long a frame is shown where nothing says so, in the same units.
    """
    result: list[Fraction] = []
    moved: list[Fraction] = []
    begin = Fraction(0)
    for number, group in groupby(stamps, key=lambda stamp: stamp[0]):
        times, step = _part([time for _, time in group], usual)
        while len(moved) <= number:
            moved.append(begin - times[0])
        result += [time - times[0] + begin for time in times]
        begin = result[-1] + step
    return result, moved


def in_units(times: Sequence[Fraction], time_base: Fraction) -> tuple[Fraction, tuple[int, ...]]:
    """Return a unit of time and increasing whole numbers of it; the given unit if that is exact."""
    if any(time.denominator != 1 for time in times):
        finer = math.ceil(time_base * _TICKS)
        times, time_base = [time * finer for time in times], time_base / finer
    whole: list[int] = []
    for time in times:
        whole.append(max(round(time), whole[-1] + 1) if whole else round(time))
    return time_base, tuple(whole)


def _part(stamps: Sequence[int | None], usual: Fraction) -> tuple[list[Fraction], Fraction]:
    """Return increasing timestamps of one part, and how long its frames are usually shown."""
    places = [place for place, stamp in enumerate(stamps) if stamp is not None]
    known = sorted(stamp for stamp in stamps if stamp is not None)
    fixed: list[tuple[int, int]] = []
    for place, stamp in zip(places, known, strict=True):
        if not fixed or stamp > fixed[-1][1]:
            fixed.append((place, stamp))
    if not fixed:
        return [usual * place for place in range(len(stamps))], usual
    steps = sorted(Fraction(b - a, later - place) for (place, a), (later, b) in pairwise(fixed))
    step = steps[len(steps) // 2] if steps else usual
    first, start = fixed[0]
    times = [start - step * (first - place) for place in range(first)]
    for (place, stamp), (later, following) in pairwise(fixed):
        gap = min(step, Fraction(following - stamp, later - place))
        times += [stamp + gap * number for number in range(later - place)]
    place, stamp = fixed[-1]
    times += [stamp + step * number for number in range(len(stamps) - place)]
    return times, step
