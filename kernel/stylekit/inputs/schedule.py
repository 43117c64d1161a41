"""When which style of a clip is shown: `a.jpg@0`, `b.jpg@4.5s`, `c.jpg@50%`, `d.jpg@end`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from stylekit.errors import UsageError
from stylekit.images.frames import Clip
from stylekit.methods.base import Style

Interpolation = Literal["linear", "cosine", "step"]

END = "end"
"""The moment of the last frame."""


class Schedule:
    """The shares of several styles at each frame of a clip.

    Before the first moment the first style is alone, after the last one the last.

    Args:
        styles: with their moments.
        clip: what they are for.
        interpolation: between two moments the share of the next style grows evenly (`linear`),
            slowly at both ends (`cosine`), or not at all until its moment (`step`).

    Raises:
        UsageError: a moment is missing, beyond the end of the clip, or before the one in front.
    """

    def __init__(self, styles: Sequence[Style], clip: Clip, interpolation: Interpolation) -> None:
        if not clip.is_video:
            raise UsageError(
                f"{clip.origin} is a picture, and styles with a moment are for clips.",
                "Leave out what follows the @ in --style.",
            )
        self._times = clip.times
        self._interpolation = interpolation
        self._moments = [_moment(style, clip) for style in styles]
        for (style, earlier), (other, later) in zip(
            zip(styles, self._moments, strict=True),
            list(zip(styles, self._moments, strict=True))[1:],
            strict=False,
        ):
            if later <= earlier:
                raise UsageError(
                    f"Style {other.frame.origin}@{other.at} is not later than "
                    f"{style.frame.origin}@{style.at}.",
                    "Name the styles in the order of their moments.",
                )

    def shares(self, index: int) -> tuple[float, ...]:
        """Return the share of each style at a frame; they add up to 1."""
        time, moments = self._times[index], self._moments
        shares = [0.0] * len(moments)
        # Frames and moments are both sums of fractions, so nearly there is there.
        passed = sum(moment <= time + 1e-9 for moment in moments)
        if passed == 0 or passed == len(moments):
            shares[max(0, passed - 1)] = 1.0
            return tuple(shares)
        begun, ends = moments[passed - 1], moments[passed]
        part = max(0.0, (time - begun) / (ends - begun))
        if self._interpolation == "cosine":
            part = (1 - math.cos(math.pi * part)) / 2
        elif self._interpolation == "step":
            part = 0.0
        shares[passed - 1], shares[passed] = 1 - part, part
        return tuple(shares)


def _moment(style: Style, clip: Clip) -> float:
    """Return the moment of a style in seconds."""
    text = style.at
    if text is None:
        raise UsageError(
            f"Style {style.frame.origin} has no moment, and others have.",
            "Write one after each: --style a.jpg@0 --style b.jpg@4.5s --style c.jpg@end.",
        )
    times = clip.times
    last = times[-1]
    step = last - times[-2] if len(times) > 1 else 0.0
    if text == END:
        return last
    number = float(text.rstrip("sf%"))
    if text.endswith("%"):
        moment = number / 100 * last
    elif text.endswith("f"):
        moment = times[int(number)] if number < len(times) else math.inf
    else:
        moment = number
    if moment > last + step:
        raise UsageError(
            f"Style {style.frame.origin}@{text} is beyond the clip, which has {len(times)} frames "
            f"and ends after {last + step:.2f} s."
        )
    return moment
