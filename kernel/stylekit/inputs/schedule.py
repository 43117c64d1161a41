"""The styles of a video over time: `a.jpg@0`, `b.jpg@4.5s`, `c.jpg@50%`, `d.jpg@end`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from stylekit.errors import UsageError
from stylekit.images.frames import Clip
from stylekit.methods.base import Style

Interpolation = Literal["linear", "cosine", "step"]

END = "end"
"""The timestamp of the last frame."""


class Schedule:
    """The weights of several styles at each frame of a video.

    Before the first timestamp the first style has all the weight, after the last one the last.

    Args:
        styles: the styles in the order of their timestamps.
        clip: the video.
        interpolation: between two timestamps the weight of the next style grows evenly (`linear`),
            slowly at both ends (`cosine`), or not at all until its timestamp (`step`).

    Raises:
        UsageError: a timestamp is missing, beyond the end of the video, or not in order.
    """

    def __init__(self, styles: Sequence[Style], clip: Clip, interpolation: Interpolation) -> None:
        if not clip.is_video:
            raise UsageError(
                f"{clip.origin} is an image, and timestamps of styles are for videos.",
                "Leave out the @ and the timestamp in --style.",
            )
        self._times = clip.times
        self._interpolation = interpolation
        self._timestamps = [_timestamp(style, clip) for style in styles]
        for (style, earlier), (other, later) in zip(
            zip(styles, self._timestamps, strict=True),
            list(zip(styles, self._timestamps, strict=True))[1:],
            strict=False,
        ):
            if later <= earlier:
                raise UsageError(
                    f"Style {other.frame.origin}@{other.at} is not later than "
                    f"{style.frame.origin}@{style.at}.",
                    "Name the styles in the order of their timestamps.",
                )

    def weights_at(self, index: int) -> tuple[float, ...]:
        """Return the weight of each style at a frame; they add up to 1."""
        time, timestamps = self._times[index], self._timestamps
        weights = [0.0] * len(timestamps)
        # Both are sums of fractions, so they are compared with a tolerance.
        passed = sum(timestamp <= time + 1e-9 for timestamp in timestamps)
        if passed == 0 or passed == len(timestamps):
            weights[max(0, passed - 1)] = 1.0
            return tuple(weights)
        begin, end = timestamps[passed - 1], timestamps[passed]
        part = max(0.0, (time - begin) / (end - begin))
        if self._interpolation == "cosine":
            part = (1 - math.cos(math.pi * part)) / 2
        elif self._interpolation == "step":
            part = 0.0
        weights[passed - 1], weights[passed] = 1 - part, part
        return tuple(weights)


def _timestamp(style: Style, clip: Clip) -> float:
    """Return the timestamp of a style in seconds."""
    text = style.at
    if text is None:
        raise UsageError(
            f"Style {style.frame.origin} has no timestamp, but others have.",
            "Write one after each: --style a.jpg@0 --style b.jpg@4.5s --style c.jpg@end.",
        )
    times = clip.times
    last = times[-1]
    step = last - times[-2] if len(times) > 1 else 0.0
    if text == END:
        return last
    number = float(text.rstrip("sf%"))
    if text.endswith("%"):
        timestamp = number / 100 * last
    elif text.endswith("f"):
        timestamp = times[int(number)] if number < len(times) else math.inf
    else:
        timestamp = number
    if timestamp > last + step:
        raise UsageError(
            f"Style {style.frame.origin}@{text} is beyond the end of the video, which has "
            f"{len(times)} frames and ends after {last + step:.2f} s."
        )
    return timestamp
