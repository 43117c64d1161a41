"""Timestamps of the frames of a clip, as exact as those of its source."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

from stylekit.images.frames import Clip
from stylekit_plugins.media.animation import Durations
from stylekit_plugins.media.video_facts import Video

_TICKS = 90_000
"""Time units per second where the source defines none; the broadcast standard."""

_MIN_DURATION = Fraction(1, 50)
"""Minimum seconds of an animation frame: viewers slow down faster ones."""


def frame_times(clip: Clip) -> tuple[Fraction, list[int], int]:
    """Return the time unit in seconds, the timestamp of each frame and the last one's duration.

    Timestamps and duration are in time units.
    """
    count, passthrough = len(clip.frames), clip.passthrough
    if isinstance(passthrough, Video) and count <= len(passthrough.timestamps):
        timestamps = list(passthrough.timestamps)
        ends = [*timestamps[1:], timestamps[-1] + passthrough.last_duration]
        return passthrough.time_base, timestamps[:count], ends[count - 1] - timestamps[count - 1]
    if isinstance(passthrough, Durations) and count <= len(passthrough.milliseconds):
        shown = accumulate(passthrough.milliseconds[:count], initial=0.0)
        ticks = [round(time * _TICKS / 1000) for time in shown]
        return Fraction(1, _TICKS), ticks[:-1], ticks[-1] - ticks[-2]
    rate = Fraction(clip.fps or 25).limit_denominator(1001)
    if clip.times:
        return Fraction(1, _TICKS), [round(t * _TICKS) for t in clip.times], round(_TICKS / rate)
    return 1 / rate, list(range(count)), 1


def animation_frames(clip: Clip) -> tuple[list[int], list[Fraction]]:
    """Select the frames of an animation, each of which is shown for at least 20 ms.

    Returns:
        Their indices; and the start of each and the end of the last, in seconds from 0.
    """
    unit, timestamps, last = frame_times(clip)
    end = timestamps[-1] + last
    chosen = [0]
    for index, timestamp in enumerate(timestamps):
        if min(timestamp - timestamps[chosen[-1]], end - timestamp) * unit >= _MIN_DURATION:
            chosen.append(index)
    times = [*(timestamps[index] for index in chosen), end]
    return chosen, [(time - times[0]) * unit for time in times]
