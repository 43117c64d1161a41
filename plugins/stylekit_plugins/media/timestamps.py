"""Increasing timestamps from 0, for files with missing, repeated or decreasing ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby, pairwise

_BACK, _BACK_BROADCAST = Fraction(2), Fraction(1, 10)
"""Seconds by which a dts may decrease; a larger step starts a new part of the file."""

_GAP = Fraction(10)
"""Seconds by which a dts of a broadcast may increase; a larger step starts a new part."""

_MIN_TICKS = 90_000
"""Minimum time units per second where timestamps are inserted between others."""


class PartCounter:
    """Numbers the parts of a stream whose timestamps start again, as in concatenated files.

    Args:
        time_base: seconds per time unit.
        broadcast: the container allows jumps, also forward.
    """

    def __init__(self, time_base: Fraction, broadcast: bool) -> None:
        self._back = (_BACK_BROADCAST if broadcast else _BACK) / time_base
        self._gap = _GAP / time_base if broadcast else math.inf
        self._latest: int | None = None
        self._number = 0

    def number(self, dts: int | None) -> int:
        """Return the part of the next packet, counted from 0."""
        if dts is None:
            return self._number
        if self._latest is not None and not -self._back <= dts - self._latest <= self._gap:
            self._number += 1
        self._latest = dts
        return self._number


def increasing_timestamps(
    timestamps: Sequence[tuple[int, int | None]], usual_duration: Fraction
) -> tuple[list[Fraction], list[Fraction]]:
    """Return a timestamp for each frame, and the time offset of each part.

    Within a part, timestamps are sorted, because files often state those of another order; missing
    and repeated ones are spread evenly between their neighbors. Each part follows the previous
    one.

    Args:
        timestamps: the part and the file's timestamp of each frame, in time units of the file.
        usual_duration: duration of a frame where nothing states it, in the same units.
    """
    result: list[Fraction] = []
    offsets: list[Fraction] = []
    start = Fraction(0)
    for number, group in groupby(timestamps, key=lambda timestamp: timestamp[0]):
        times, step = _part_timestamps([time for _, time in group], usual_duration)
        while len(offsets) <= number:
            offsets.append(start - times[0])
        result += [time - times[0] + start for time in times]
        start = result[-1] + step
    return result, offsets


def to_integer_units(
    times: Sequence[Fraction], time_base: Fraction
) -> tuple[Fraction, tuple[int, ...]]:
    """Return a time unit and increasing integers of it; `time_base` itself if that is exact."""
    if any(time.denominator != 1 for time in times):
        finer = math.ceil(time_base * _MIN_TICKS)
        times, time_base = [time * finer for time in times], time_base / finer
    whole: list[int] = []
    for time in times:
        whole.append(max(round(time), whole[-1] + 1) if whole else round(time))
    return time_base, tuple(whole)


def _part_timestamps(
    timestamps: Sequence[int | None], usual_duration: Fraction
) -> tuple[list[Fraction], Fraction]:
    """Return increasing timestamps of one part, and the usual duration of its frames."""
    positions = [position for position, timestamp in enumerate(timestamps) if timestamp is not None]
    stated = sorted(timestamp for timestamp in timestamps if timestamp is not None)
    known: list[tuple[int, int]] = []
    for position, timestamp in zip(positions, stated, strict=True):
        if not known or timestamp > known[-1][1]:
            known.append((position, timestamp))
    if not known:
        return [usual_duration * position for position in range(len(timestamps))], usual_duration
    steps = sorted(
        Fraction(b - a, later - position) for (position, a), (later, b) in pairwise(known)
    )
    step = steps[len(steps) // 2] if steps else usual_duration
    first, start = known[0]
    times = [start - step * (first - position) for position in range(first)]
    for (position, timestamp), (later, following) in pairwise(known):
        gap = min(step, Fraction(following - timestamp, later - position))
        times += [timestamp + gap * number for number in range(later - position)]
    position, timestamp = known[-1]
    times += [timestamp + step * number for number in range(len(timestamps) - position)]
    return times, step
