"""When the frames of a clip are shown, as exactly as what it was made of says."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

from stylekit.images.frames import Clip
from stylekit_plugins.media.animation import Durations
from stylekit_plugins.media.probe import Video

_TICKS = 90_000
"""Units of time in a second, where the source has none of its own: what broadcasts have."""

_LEAST = Fraction(1, 50)
"""Seconds that a frame of an animation is shown at least: viewers slow down faster ones."""


def frame_times(clip: Clip) -> tuple[Fraction, list[int], int]:
    """Return a unit of time in seconds, each frame's timestamp and the last one's duration."""
    count, passthrough = len(clip.frames), clip.passthrough
    if isinstance(passthrough, Video) and count <= len(passthrough.moments):
        moments = list(passthrough.moments)
        ends = [*moments[1:], moments[-1] + passthrough.last]
        return passthrough.time_base, moments[:count], ends[count - 1] - moments[count - 1]
    if isinstance(passthrough, Durations) and count <= len(passthrough.milliseconds):
        shown = accumulate(passthrough.milliseconds[:count], initial=0.0)
        ticks = [round(time * _TICKS / 1000) for time in shown]
        return Fraction(1, _TICKS), ticks[:-1], ticks[-1] - ticks[-2]
    rate = Fraction(clip.fps or 25).limit_denominator(1001)
    if clip.times:
        return Fraction(1, _TICKS), [round(t * _TICKS) for t in clip.times], round(_TICKS / rate)
    return 1 / rate, list(range(count)), 1


def animated(clip: Clip) -> tuple[list[int], list[Fraction]]:
    """Choose the frames of an animation, none of which is shown for less than 20 ms.

    Returns their numbers, and when each begins and the last one ends, in seconds from 0.
    """
    unit, moments, last = frame_times(clip)
    end = moments[-1] + last
    chosen = [0]
    for index, moment in enumerate(moments):
        if min(moment - moments[chosen[-1]], end - moment) * unit >= _LEAST:
            chosen.append(index)
    marks = [*(moments[index] for index in chosen), end]
    return chosen, [(mark - marks[0]) * unit for mark in marks]
